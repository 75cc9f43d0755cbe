// --help for a terminal of any width.
#pragma once

#include <CLI/Formatter.hpp>
#include <string>

namespace fairprune {

// CLI11's layout, with descriptions wrapped: to the terminal on standard output, at most 100
// columns, and 100 where there is none. Examples stay on their lines, to be copied.
class HelpFormatter : public CLI::Formatter {
 public:
  HelpFormatter();
  std::string make_option(const CLI::Option* option, bool is_positional) const override;
  std::string make_subcommand(const CLI::App* verb) const override;
  std::string make_description(const CLI::App* app) const override;
  std::string make_footer(const CLI::App* app) const override;

 private:
  std::string Entry(const std::string& name, const std::string& text) const;
  size_t width_;
};

}  // namespace fairprune
