#include "surgery/destination.h"

#include <algorithm>
#include <filesystem>

namespace fairprune {
namespace {

namespace fs = std::filesystem;

// The path with symbolic links followed as far as it exists.
fs::path Real(const std::string& path) {
  std::error_code error;
  fs::path real = fs::weakly_canonical(fs::absolute(path, error), error);
  if (error) real = fs::absolute(path, error).lexically_normal();
  return real.has_filename() ? real : real.parent_path();
}

bool LiesIn(const fs::path& inner, const fs::path& outer) {
  const auto [in, out] = std::ranges::mismatch(inner, outer);
  return out == outer.end();
}

Status CheckFree(const std::string& path, bool force) {
  std::error_code ignored;
  if (!force && fs::exists(fs::symlink_status(path, ignored)))
    return Fail(ErrorCode::kExists, "{}: exists already; choose another name, or use --force",
                path);
  return {};
}

// Whether `out` lies in the Hugging Face folder that the input is.
bool LiesInInput(const Checkpoint& checkpoint, const std::string& out) {
  return checkpoint.format() == CheckpointFormat::kHuggingFace && Contains(checkpoint.path(), out);
}

}  // namespace

Status CheckDestinationFolder(const Checkpoint& checkpoint, const std::string& out_dir,
                              bool force) {
  std::error_code ignored;
  if (fs::equivalent(out_dir, checkpoint.path(), ignored))
    return Fail(ErrorCode::kInvalidArgument, "{}: is the model itself; write to another folder",
                out_dir);
  if (Contains(out_dir, checkpoint.path()))
    return Fail(ErrorCode::kInvalidArgument,
                "{}: holds the model {}, which would be lost; write to another folder", out_dir,
                checkpoint.path());
  if (LiesInInput(checkpoint, out_dir))
    return Fail(ErrorCode::kInvalidArgument,
                "{}: lies in the model's own folder {}; write to another one", out_dir,
                checkpoint.path());
  return CheckFree(out_dir, force);
}

Status CheckDestinationFile(const Checkpoint& checkpoint, const std::string& path, bool force) {
  std::error_code ignored;
  for (const std::string& file : checkpoint.tensors().files())
    if (fs::equivalent(path, file, ignored))
      return Fail(ErrorCode::kInvalidArgument, "{}: is the model itself; write to another file",
                  path);
  if (LiesInInput(checkpoint, path))
    return Fail(ErrorCode::kInvalidArgument,
                "{}: lies in the model's own folder {}; write to another one", path,
                checkpoint.path());
  return CheckFree(path, force);
}

bool Contains(const std::string& folder, const std::string& path) {
  return LiesIn(Real(path), Real(folder));
}

std::string BaseName(const std::string& path) {
  const fs::path clean = fs::path(path).lexically_normal();
  return (clean.has_filename() ? clean : clean.parent_path()).filename().string();
}

}  // namespace fairprune
