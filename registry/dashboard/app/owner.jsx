/* owner: the name of an owner, asked for once and kept; until it is there, and where there is none, the id. */
import { useEffect, useState } from "preact/hooks";

import { Problem, request } from "./api.js";
import { Link, address } from "./router.js";

const names = new Map(); /* id → a promise of its name */

async function ask(id) {
    try {
        const { data } = await request("GET", address("/v1/orgs", { q: id, limit: 2 }));
        return data.orgs.find((o) => o.org_id === id)?.name ?? id;
    } catch (error) {
        if (!(error instanceof Problem)) throw error;
        names.delete(id); /* the next one asks again */
        return id;
    }
}

export function OwnerName({ id }) {
    const [name, set] = useState(id);
    useEffect(() => {
        let wanted = true;
        if (!names.has(id)) names.set(id, ask(id));
        names.get(id).then((found) => wanted && set(found));
        return () => { wanted = false; };
    }, [id]);
    return <Link to={address("/owners", { q: id })} title={id}>{name}</Link>;
}
