#include "shared/codec/senml_label.h"

#include <assert.h>
#include <string.h>

#define KEY_FIRST (-6) /* the CBOR key of the first label; the others follow without a gap */

static const struct {
    const char *name;
    enum senml_type type;
} labels[SENML_LABEL_COUNT] = {
    [SENML_BS] = {"bs", SENML_NUMBER},  [SENML_BV] = {"bv", SENML_NUMBER},
    [SENML_BU] = {"bu", SENML_TEXT},    [SENML_BT] = {"bt", SENML_NUMBER},
    [SENML_BN] = {"bn", SENML_TEXT},    [SENML_BVER] = {"bver", SENML_NUMBER},
    [SENML_N] = {"n", SENML_TEXT},      [SENML_U] = {"u", SENML_TEXT},
    [SENML_V] = {"v", SENML_NUMBER},    [SENML_VS] = {"vs", SENML_TEXT},
    [SENML_VB] = {"vb", SENML_BOOLEAN}, [SENML_S] = {"s", SENML_NUMBER},
    [SENML_T] = {"t", SENML_NUMBER},    [SENML_UT] = {"ut", SENML_NUMBER},
    [SENML_VD] = {"vd", SENML_DATA},
};

const char *senml_label_name(enum senml_label label)
{
    assert((unsigned)label < SENML_LABEL_COUNT);
    return labels[label].name;
}

enum senml_type senml_label_type(enum senml_label label)
{
    assert((unsigned)label < SENML_LABEL_COUNT);
    return labels[label].type;
}

int senml_label_key(enum senml_label label)
{
    assert((unsigned)label < SENML_LABEL_COUNT);
    return (int)label + KEY_FIRST;
}

enum senml_label senml_label_by_name(const char *name, size_t len)
{
    for (unsigned i = 0; i < SENML_LABEL_COUNT; i++)
        if (strlen(labels[i].name) == len && memcmp(labels[i].name, name, len) == 0)
            return (enum senml_label)i;
    return SENML_LABEL_COUNT;
}

enum senml_label senml_label_by_key(int64_t key)
{
    if (key < KEY_FIRST || key >= KEY_FIRST + SENML_LABEL_COUNT)
        return SENML_LABEL_COUNT;
    return (enum senml_label)(key - KEY_FIRST);
}
