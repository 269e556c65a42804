/* What the cases and their driver share. */
export function check(holds, what) {
    if (!holds) throw new Error(what);
}
