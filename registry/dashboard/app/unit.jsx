/*
 * unit: what a unit is to report, as fields of a form whose values hold `interval_s` (a text) and `signals`
 * (a list of names; none means all that the unit has).
 *
 *   INTERVAL                 the rule of the field interval_s
 *   <Reported form={…} />    both fields
 *   reported(values)         {interval_s, signals} as the API takes them, null for "not set"
 *   typed(setting)           the other way round
 */
import { Field } from "./form.jsx";
import { t, word } from "./words.js";

const SIGNALS = ["lat", "lon", "speed", "odo", "soc", "batt_v", "batt_a", "charging", "mode", "rpm", "fuel", "hours", "nox", "urea", "mil"];

export const INTERVAL = { pattern: /^\s*\d+\s*$/, message: "field.whole", number: { min: 1, max: 86400 } };

export const reported = ({ interval_s, signals }) => ({ interval_s: interval_s.trim() ? Number(interval_s) : null, signals: signals.length > 0 ? signals : null });
export const typed = ({ interval_s, signals }) => ({ interval_s: interval_s === null ? "" : String(interval_s), signals: signals ?? [] });
export const signalNames = (signals) => signals?.map((name) => word("signal", name)).join(t("comma"));

function Signals({ form }) {
    const chosen = form.values.signals;
    const toggle = (name) => form.set("signals", SIGNALS.filter((s) => (s === name) !== chosen.includes(s)));
    return (
        <fieldset class="ticks">
            <legend>{t("unit.signals")}</legend>
            <p class="help">{t("unit.signals.help")}</p>
            {SIGNALS.map((name) => <label class="tick" key={name}><input type="checkbox" name={`signal-${name}`} checked={chosen.includes(name)} onChange={() => toggle(name)} /> {word("signal", name)}</label>)}
        </fieldset>
    );
}

export function Reported({ form }) {
    return (
        <>
            <Field form={form} name="interval_s" label={t("terminal.interval")} help={t("unit.interval.help")} inputMode="numeric" />
            <Signals form={form} />
        </>
    );
}
