// count_neurons MODEL: opens a model and prints its architecture and its MLP neurons.
#include <checkpoint/checkpoint.h>
#include <fmt/core.h>
#include <model/model.h>

#include <cstdio>

namespace {

fairprune::Status PrintNeurons(const char* path) {
  FP_ASSIGN_OR_RETURN(const fairprune::Checkpoint checkpoint, fairprune::Checkpoint::Open(path));
  FP_ASSIGN_OR_RETURN(const fairprune::Model model, fairprune::DescribeModel(checkpoint));
  fmt::print("{}: {} layers of {} neurons, {} in all\n", model.config.architecture,
             model.config.num_layers, model.config.intermediate_size, model.num_neurons());
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: count_neurons MODEL\n");
    return 2;
  }
  if (const fairprune::Status status = PrintNeurons(argv[1]); !status) {
    fmt::print(stderr, "{}\n", status.error().message);
    return 1;
  }
  return 0;
}
