#include "tokenizer/fuzz_entry.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fairprune::FuzzTokenizerJson({data, size});
  return 0;
}
