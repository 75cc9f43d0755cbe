#include "cli/engine_input.h"

#include "cli/interrupt.h"

namespace fairprune {

void AddComputeFlags(CLI::App* verb, EngineFlags& flags) {
  verb->add_option("--compute", flags.compute,
                   "f32: the reference; bf16: faster where the CPU multiplies bf16 itself, weights "
                   "and inputs of products rounded; auto: bf16 where that is so, else f32")
      ->check(CLI::IsMember({"auto", "f32", "bf16"}))
      ->capture_default_str();
  verb->add_option("--threads", flags.threads, "Threads to use; 0: one per core")
      ->check(CLI::Range(0, 4096))
      ->capture_default_str();
}

void AddEngineFlags(CLI::App* verb, EngineFlags& flags) {
  AddComputeFlags(verb, flags);
  verb->add_flag("--stream", flags.stream,
                 "Hold one layer's weights in memory at a time, for models larger than that; every "
                 "pass over the inputs reads all weights from disk again");
}

Result<Engine> LoadEngine(const OpenedModel& opened, const EngineFlags& flags) {
  FP_ASSIGN_OR_RETURN(const ComputeType compute, ParseComputeType(flags.compute));
  FP_ASSIGN_OR_RETURN(Engine engine, Engine::Load(opened.model, {.compute = compute,
                                                                 .threads = flags.threads,
                                                                 .stream = flags.stream,
                                                                 .gradient = flags.gradient}));
  FP_RETURN_IF_ERROR(CheckInterrupt());
  return engine;
}

}  // namespace fairprune
