#include "shared/codec/senml_name.h"

#include <string.h>

#include "shared/signal.h"

static bool is_alphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool senml_name_first_ok(char c)
{
    return is_alphanumeric(c);
}

bool senml_name_chars_ok(struct senml_text text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if (!is_alphanumeric(c) && c != '_' && c != '.' && c != '-' && c != ':' && c != '/')
            return false;
    }
    return true;
}

static bool begins(struct senml_text text, struct senml_text with)
{
    return text.len >= with.len && memcmp(text.at, with.at, with.len) == 0;
}

static bool is_separator(char c)
{
    return c == '/' || c == ':';
}

size_t senml_name_own_prefix(struct senml_text name, struct senml_text unit)
{
    static const struct senml_text urn = {SENML_URN, sizeof SENML_URN - 1};
    bool by_urn = begins(name, urn);
    size_t before = by_urn ? urn.len : 0;
    struct senml_text rest = senml_text_from(name, before);

    if (!begins(rest, unit) || rest.len == unit.len)
        return 0;
    return rest.at[unit.len] == (by_urn ? ':' : '/') ? before + unit.len + 1 : 0;
}

/* "urn:evroll:uni", "urn:evroll:unit:BU": names behind it may complete the unit's own prefix. */
static bool may_become_own(struct senml_text base, struct senml_text unit)
{
    static const size_t urn_len = sizeof SENML_URN - 1;
    size_t head = base.len < urn_len ? base.len : urn_len;
    size_t tail = base.len - head;

    return memcmp(base.at, SENML_URN, head) == 0 && tail <= unit.len &&
           memcmp(base.at + head, unit.at, tail) == 0;
}

bool senml_name_base_is_foreign(struct senml_text base, struct senml_text unit)
{
    if (base.len == 0 || senml_name_own_prefix(base, unit) > 0 || may_become_own(base, unit))
        return false;
    for (size_t i = 0; i < base.len; i++)
        if (is_separator(base.at[i]))
            return true;
    return false;
}

bool senml_name_is_foreign(struct senml_text name)
{
    static const struct senml_text urn = {SENML_URN, sizeof SENML_URN - 1};
    size_t begin = name.len;
    bool by_vss = false;

    if (begins(name, urn))
        return true;
    while (begin > 0 && !is_separator(name.at[begin - 1]))
        begin--;
    return begin > 0 && signal_find(name.at + begin, name.len - begin, &by_vss) != NULL;
}
