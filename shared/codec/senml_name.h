/*
 * senml_name: whose a resolved name is and what it names. Good for: base name + name → the part
 * behind the unit's own prefix. Owns nothing; results point into the arguments or into `joined`.
 */
#ifndef EVROLL_SHARED_CODEC_SENML_NAME_H
#define EVROLL_SHARED_CODEC_SENML_NAME_H

#include <stdbool.h>
#include <stddef.h>

#define SENML_URN "urn:evroll:unit:"

/* No known name with its longest prefix comes near this; what is longer is unknown. */
#define SENML_NAME_JOINED_MAX 255

struct senml_text {
    const char *at; /* not ended by NUL */
    size_t len;
};

static inline struct senml_text senml_text_from(struct senml_text text, size_t begin)
{
    return (struct senml_text){text.at + begin, text.len - begin};
}

/* Only A-Z a-z 0-9 - : . / _ */
bool senml_name_chars_ok(struct senml_text text);
bool senml_name_first_ok(char c);

/* The length of `{unit}/` or `urn:evroll:unit:{unit}:` at the start of `name`; 0 when neither. */
size_t senml_name_own_prefix(struct senml_text name, struct senml_text unit);

/* A base name that no name behind it can make the unit's own. */
bool senml_name_base_is_foreign(struct senml_text base, struct senml_text unit);

/* A whole name without the unit's own prefix that says it belongs to another: our URN, or a known
 * signal behind some prefix. */
bool senml_name_is_foreign(struct senml_text name);

#endif
