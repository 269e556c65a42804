/*
 * form: fields with their limits and messages, kept as a draft until they are sent.
 *
 *   const form = useForm("decide-12", {decision: "", note: ""}, {note: {required: true, max: 1000}});
 *   <form onSubmit={submit} noValidate>
 *     <Field form={form} name="note" kind="textarea" label={…} />
 *     <Check form={form} name="manages" label={…} />         yes or no: true or false
 *     <Submit busy={busy}>{t("save")}</Submit>
 *   </form>
 *   if (!form.check()) return;       marks what is wrong and goes to the first of it
 *   form.values                      what was typed
 *   const [submit, busy, problem] = useSend(form, async () => {…});     as useSubmit, when nothing is wrong; what the
 *                                    registry refuses about a field stands beside it, and not in the problem
 *   form.done()                      it was sent: forgets the draft
 *
 * A rule of a field: required, max and min (characters), pattern with the key of its message,
 * number: {min, max}, and `check(value, values)`, which gives a message or nothing. A form whose
 * name is null keeps no draft (passwords).
 */
import { useRef, useState } from "preact/hooks";

import { Problem, useSubmit } from "./api.js";
import { draftForget, draftRead, draftWrite } from "./draft.js";
import { said } from "./said.jsx";
import { userNow } from "./session.js";
import { t } from "./words.js";

function wrong(rule, value, values) {
    const text = String(value ?? "");
    const length = [...text].length;
    if (!rule) return null;
    if (text.trim() === "") return rule.required ? t("field.required") : null;
    if (rule.max && length > rule.max) return t("field.max", { max: rule.max, length });
    if (rule.min && length < rule.min) return t("field.min", { min: rule.min, length });
    if (rule.pattern && !rule.pattern.test(text)) return t(rule.message ?? "field.pattern");
    if (rule.number && !(Number(text) >= rule.number.min && Number(text) <= rule.number.max)) return t("field.number", rule.number);
    return rule.check?.(value, values) ?? null;
}

export function useForm(name, initial, rules = {}) {
    const who = userNow()?.name ?? null;
    const [first] = useState(() => ({ ...initial, ...(name && draftRead(name, who)) }));
    const [errors, setErrors] = useState({});
    const [, renderAgain] = useState(0);
    const element = useRef(null);
    /* Not what the last rendering saw: a password manager fills two fields before the next one. */
    const held = useRef(first);
    const hold = (values) => {
        held.current = values;
        renderAgain((n) => n + 1);
    };
    return {
        rules, errors, element,
        get values() {
            return held.current;
        },
        set(field, value) {
            hold({ ...held.current, [field]: value });
            setErrors((was) => ({ ...was, [field]: was[field] && wrong(rules[field], value, held.current) }));
            if (name) draftWrite(name, who, held.current);
        },
        check() {
            const found = {};
            for (const field of Object.keys(rules)) {
                const message = wrong(rules[field], held.current[field], held.current);
                if (message) found[field] = message;
            }
            setErrors(found);
            const [wrongFirst] = Object.keys(found);
            if (wrongFirst) element.current?.querySelector(`[name="${CSS.escape(wrongFirst)}"]`)?.focus();
            return wrongFirst === undefined;
        },
        refused(problem) {
            setErrors(Object.fromEntries(problem.errors.map((e) => [e.column, e.reason])));
        },
        done(next = initial) {
            if (name) draftForget(name);
            hold({ ...next });
            setErrors({});
        },
    };
}

function Control({ kind, id, options, ...rest }) {
    if (kind === "textarea") return <textarea id={id} rows="3" {...rest} />;
    if (kind === "select")
        return <select id={id} {...rest}>{options.map(([value, label]) => <option key={value} value={value}>{label}</option>)}</select>;
    return <input id={id} type={kind ?? "text"} {...rest} />;
}

export function Field({ form, name, label, help, kind, options, ...rest }) {
    const id = `field-${name}`;
    const rule = form.rules[name] ?? {};
    const error = form.errors[name];
    const limits = [help, rule.max && kind !== "password" && t("field.limit", { max: rule.max })].filter(Boolean).join(" ");
    return (
        <div class={`field${error ? " field-wrong" : ""}`} ref={(at) => { if (at) form.element.current = at.closest("form"); }}>
            <label for={id}>{label}{rule.required && <span class="required" title={t("field.required")}> *</span>}</label>
            <Control kind={kind} id={id} name={name} options={options} value={form.values[name]} required={rule.required}
                aria-invalid={error ? "true" : undefined}
                aria-describedby={[limits && `${id}-help`, error && `${id}-error`].filter(Boolean).join(" ") || undefined}
                onInput={(event) => form.set(name, event.currentTarget.value)} {...rest} />
            {limits && <p class="help" id={`${id}-help`}>{limits}</p>}
            {error && <p class="wrong" id={`${id}-error`}>{said(error)}</p>}
        </div>
    );
}

/* Yes or no: true or false in the form's values. */
export function Check({ form, name, label, help }) {
    const id = `field-${name}`;
    return (
        <div class="field">
            <label class="tick" for={id}>
                <input id={id} type="checkbox" name={name} checked={form.values[name] === true} aria-describedby={help && `${id}-help`}
                    onChange={(event) => form.set(name, event.currentTarget.checked)} /> {label}
            </label>
            {help && <p class="help" id={`${id}-help`}>{help}</p>}
        </div>
    );
}

export function useSend(form, action) {
    const [submit, busy, problem] = useSubmit(async () => {
        if (!form.check()) return;
        try {
            await action();
        } catch (error) {
            if (error instanceof Problem) form.refused(error);
            throw error;
        }
    });
    const elsewhere = problem?.errors.filter((e) => !(e.column in form.values)) ?? [];
    const atFields = problem?.errors.length > 0 && elsewhere.length < problem.errors.length;
    return [submit, busy, problem && { status: problem.status, detail: atFields ? "" : problem.detail, errors: elsewhere }];
}

export function Submit({ busy, children, ...rest }) {
    return <button type="submit" class="primary" aria-disabled={busy ? "true" : undefined} {...rest}>{busy ? t("sending") : children}</button>;
}

/* A filter of a view: writes straight into the address. */
export function Filter({ label, name, kind, value, options, onChange, ...rest }) {
    const id = `filter-${name}`;
    return (
        <div class="filter">
            <label for={id}>{label}</label>
            <Control kind={kind} id={id} name={name} options={options} value={value ?? ""} onChange={(event) => onChange(event.currentTarget.value)} {...rest} />
        </div>
    );
}
