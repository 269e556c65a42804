/* track: where a vehicle was on a day, from the samples of the units that were in it. */
import { request } from "./api.js";
import { rings } from "./map.jsx";
import { address } from "./router.js";

const PAGE = 1000;
const PAGES_MAX = 20; /* a sample every four seconds, all day */

const startOf = (day) => new Date(`${day}T00:00:00+08:00`);
const iso = (date) => date.toISOString();

async function samplesOf(unit, day) {
    const from = startOf(day);
    const to = new Date(from.getTime() + 86400000);
    const samples = [];
    let cursor = null;
    for (let page = 0; page < PAGES_MAX; page++) {
        const { data } = await request("GET", address(`/v1/units/${encodeURIComponent(unit)}/samples`, { from: iso(from), to: iso(to), limit: PAGE, cursor }));
        samples.push(...data.samples);
        cursor = data.next;
        if (!cursor) return { samples, more: false };
    }
    return { samples, more: true };
}

async function siteShapes(ids) {
    const shapes = await Promise.all(ids.map((id) => request("GET", `/v1/sites/${encodeURIComponent(id)}`)));
    return shapes.map(({ data }) => ({ name: data.name, rings: rings(data.polygon) }));
}

/* {points, sites, more}: `more` when the day has more samples than are shown. */
export async function readTrack(vehicle, bindings, day) {
    const held = bindings.filter((b) => b.from <= day && (b.to === null || b.to >= day));
    const parts = await Promise.all(held.map((b) => samplesOf(b.unit, day)));
    const points = parts.flatMap((p) => p.samples).filter((s) => s.lat !== undefined && s.lon !== undefined).sort((a, b) => (a.at < b.at ? -1 : 1));
    const next = iso(new Date(startOf(day).getTime() + 2 * 86400000)).slice(0, 10);
    const { data } = await request("GET", address(`/v1/vehicles/${encodeURIComponent(vehicle)}/visits`, { from: day, to: next }));
    const sites = await siteShapes([...new Set(data.visits.map((v) => v.site_id))]);
    return { points, sites, more: parts.some((p) => p.more) };
}
