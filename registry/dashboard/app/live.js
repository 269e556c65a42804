/*
 * live: when figures are to be read again. Every half minute while the page is looked at.
 */
import { useEffect } from "preact/hooks";

const EVERY_MS = 30000;

export function useLive(reload) {
    useEffect(() => {
        const timer = setInterval(() => document.visibilityState === "visible" && reload(), EVERY_MS);
        return () => clearInterval(timer);
    }, [reload]);
}
