/*
 * map: places on a plain sheet: meridians and parallels, a scale, sites with their outlines, a track.
 * No tiles, so nothing is asked of anybody. The slider under it goes through the points, for the
 * keyboard too, and says where and when each was.
 *
 *   <TrackMap label points={[{at, lat, lon, speed}]} sites={[{name, rings}]} />
 *   rings("POLYGON ((112 35, …))")     the outlines of a WKT polygon or multipolygon
 */
import { useEffect, useRef, useState } from "preact/hooks";

import { instant, number } from "./format.js";
import { t } from "./words.js";

const STEPS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
const SCALES_M = [10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000, 200000];
const METRES_A_DEGREE = 111320;

export function rings(wkt) {
    return [...(wkt ?? "").matchAll(/\(([^()]+)\)/g)].map(([, text]) => text.split(",").map((pair) => pair.trim().split(/\s+/).map(Number)));
}

function boundsOf(points) {
    const lons = points.map((p) => p.lon);
    const lats = points.map((p) => p.lat);
    const low = (list) => list.reduce((a, b) => Math.min(a, b));
    const high = (list) => list.reduce((a, b) => Math.max(a, b));
    const around = 0.002; /* a vehicle that stands still has a place too */
    return { west: low(lons) - around, east: high(lons) + around, south: low(lats) - around, north: high(lats) + around };
}

/* Degrees to pixels, as wide north-south as east-west, all of `bounds` within the frame. */
function projection(bounds, width, height) {
    const middle = { lon: (bounds.west + bounds.east) / 2, lat: (bounds.south + bounds.north) / 2 };
    const narrow = Math.cos((middle.lat * Math.PI) / 180);
    const scale = Math.min((width - 60) / ((bounds.east - bounds.west) * narrow), (height - 60) / (bounds.north - bounds.south));
    return {
        scale,
        x: (lon) => width / 2 + (lon - middle.lon) * narrow * scale,
        y: (lat) => height / 2 - (lat - middle.lat) * scale,
        west: middle.lon - width / 2 / narrow / scale, east: middle.lon + width / 2 / narrow / scale,
        south: middle.lat - height / 2 / scale, north: middle.lat + height / 2 / scale,
    };
}

function drawGrid(ctx, at, width, height) {
    const step = STEPS.find((s) => s * at.scale > 90) ?? 20;
    const digits = step < 0.01 ? 3 : step < 1 ? 2 : 0;
    ctx.strokeStyle = "#dbe3ea";
    ctx.fillStyle = "#4c5a68";
    ctx.lineWidth = 1;
    for (let lon = Math.ceil(at.west / step) * step; lon < at.east; lon += step) {
        line(ctx, [[at.x(lon), 0], [at.x(lon), height]]);
        ctx.fillText(`${lon.toFixed(digits)}°E`, at.x(lon) + 3, height - 4);
    }
    for (let lat = Math.ceil(at.south / step) * step; lat < at.north; lat += step) {
        line(ctx, [[0, at.y(lat)], [width, at.y(lat)]]);
        ctx.fillText(`${lat.toFixed(digits)}°N`, 4, at.y(lat) - 3);
    }
}

function line(ctx, points) {
    ctx.beginPath();
    points.forEach(([x, y], i) => (i === 0 ? ctx.moveTo(x, y) : ctx.lineTo(x, y)));
    ctx.stroke();
}

function drawSites(ctx, at, sites) {
    ctx.strokeStyle = "#0a5c33";
    ctx.fillStyle = "#0a5c33";
    for (const site of sites) {
        for (const ring of site.rings) line(ctx, ring.map(([lon, lat]) => [at.x(lon), at.y(lat)]));
        const first = site.rings[0]?.[0];
        if (first) ctx.fillText(site.name, Math.max(6, at.x(first[0]) + 5), at.y(first[1]) - 6);
    }
}

function drawScale(ctx, at, width, height) {
    const metre = at.scale / METRES_A_DEGREE;
    const metres = [...SCALES_M].reverse().find((m) => m * metre < 130) ?? 10;
    const x = width - 20 - metres * metre;
    ctx.strokeStyle = ctx.fillStyle = "#1c2733";
    ctx.lineWidth = 2;
    line(ctx, [[x, height - 30], [x, height - 24], [width - 20, height - 24], [width - 20, height - 30]]);
    ctx.fillText(metres >= 1000 ? `${metres / 1000} km` : `${metres} m`, x + 4, height - 30);
}

function dot(ctx, x, y, radius, fill) {
    ctx.beginPath();
    ctx.arc(x, y, radius, 0, 2 * Math.PI);
    ctx.fillStyle = fill;
    ctx.fill();
    ctx.strokeStyle = "#fff";
    ctx.lineWidth = 1.5;
    ctx.stroke();
}

/* A gap in time is a gap in the line: nobody knows the way in between. */
const GAP_MS = 10 * 60000;

function drawTrack(ctx, at, points, shown) {
    let run = [];
    ctx.strokeStyle = "#1d4f7c";
    ctx.lineWidth = 2;
    points.forEach((p, i) => {
        if (i > 0 && Date.parse(p.at) - Date.parse(points[i - 1].at) > GAP_MS) {
            line(ctx, run);
            run = [];
        }
        run.push([at.x(p.lon), at.y(p.lat)]);
    });
    line(ctx, run);
    for (const p of points.length <= 400 ? points : []) dot(ctx, at.x(p.lon), at.y(p.lat), 2.4, "#1d4f7c");
    const end = points[points.length - 1];
    dot(ctx, at.x(points[0].lon), at.y(points[0].lat), 6, "#0a5c33");
    dot(ctx, at.x(end.lon), at.y(end.lat), 6, "#9b1414");
    dot(ctx, at.x(shown.lon), at.y(shown.lat), 7, "#b35c00");
}

function paint(canvas, points, sites, shown) {
    const { clientWidth: width, clientHeight: height } = canvas;
    const ctx = canvas.getContext("2d");
    canvas.width = width * devicePixelRatio;
    canvas.height = height * devicePixelRatio;
    ctx.scale(devicePixelRatio, devicePixelRatio);
    ctx.fillStyle = "#fbfcfd";
    ctx.fillRect(0, 0, width, height);
    ctx.font = "12px sans-serif";
    const at = projection(boundsOf(points), width, height);
    drawGrid(ctx, at, width, height);
    drawSites(ctx, at, sites);
    drawTrack(ctx, at, points, shown);
    drawScale(ctx, at, width, height);
}

export function TrackMap({ label, points, sites }) {
    const canvas = useRef(null);
    const [index, setIndex] = useState(0);
    const shown = points[Math.min(index, points.length - 1)];
    useEffect(() => {
        const again = () => paint(canvas.current, points, sites, shown);
        again();
        addEventListener("resize", again);
        return () => removeEventListener("resize", again);
    }, [points, sites, shown]);
    const said = `${instant(shown.at, true)} · ${shown.lat.toFixed(5)}°N ${shown.lon.toFixed(5)}°E${shown.speed === undefined ? "" : ` · ${number(shown.speed, 1)} km/h`}`;
    return (
        <figure class="map">
            <canvas ref={canvas} role="img" aria-label={label} />
            <figcaption>
                <label for="map-point">{t("map.point", { n: index + 1, of: points.length })}</label>
                <input id="map-point" type="range" min="0" max={points.length - 1} value={index} aria-valuetext={said} onInput={(event) => setIndex(Number(event.currentTarget.value))} />
                <output for="map-point">{said}</output>
                <p class="small">{t("map.legend")}</p>
            </figcaption>
        </figure>
    );
}
