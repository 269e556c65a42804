/* The lists there are. */
import { useApi } from "../api.js";
import { Page } from "../layout.jsx";
import { Waiting } from "../problem.jsx";
import { Link } from "../router.js";
import { Table } from "../table.jsx";
import { both, t } from "../words.js";

export default function Lists() {
    const answer = useApi("/v1/lists");
    return (
        <Page title={t("view.lists")} lead={t("lists.lead")}>
            {!answer.data ? <Waiting of={answer} /> : (
                <Table caption={t("view.lists")} rows={answer.data.lists} row={(l) => l.id} columns={[
                    { id: "title", title: t("lists.list"), render: (l) => <Link to={`/lists/${l.id}`}>{both(l.title, l.title_en)}</Link> },
                    { id: "note", title: t("lists.what"), wide: true, render: (l) => both(l.note, l.note_en) },
                ]} />
            )}
        </Page>
    );
}
