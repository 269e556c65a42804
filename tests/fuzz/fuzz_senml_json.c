/* SenML JSON from anybody: any bytes, one of the two outcomes of codec.h, and what senml_invariants.h
 * says of each. */
#include "tests/fuzz/senml_invariants.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    return senml_fuzz(FORMAT_SENML_JSON, bytes, len);
}
