/// Reads an object of JSON that a person wrote: each field is named, typed and bounded, and one
/// that nobody asked for is an error, since it is most likely a slip of the pen.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace assay {

/// Where in the file, what was expected there, and what was found.
class FieldError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The fields of one object. Each reader throws a FieldError where the field is missing (but for
/// those with a fallback) or is not what it should be.
class Fields {
 public:
  /// `place` stands in front of each error. Throws if `value` is no object.
  Fields(const nlohmann::json& value, std::string place);

  [[nodiscard]] bool has(const char* name) const { return object_->contains(name); }

  [[nodiscard]] std::uint32_t whole(const char* name, std::uint32_t low, std::uint32_t high);
  /// The same, or `fallback` if the field is not there.
  [[nodiscard]] std::uint32_t whole_or(const char* name, std::uint32_t low, std::uint32_t high,
                                       std::uint32_t fallback);
  /// Of a number of percent from 0 to 100 with at most one decimal: ten times as much.
  [[nodiscard]] std::uint32_t per_mille(const char* name);
  /// Not empty, without control characters: it is shown in one line.
  [[nodiscard]] std::string text(const char* name);
  /// One of `allowed`.
  [[nodiscard]] std::string one_of(const char* name, const std::vector<std::string>& allowed);
  /// A list; none if the field is not there.
  [[nodiscard]] std::vector<std::string> texts(const char* name);
  /// A list that is not empty.
  [[nodiscard]] std::vector<std::uint32_t> wholes(const char* name, std::uint32_t low,
                                                  std::uint32_t high);
  /// The objects of a list that is not empty. They refer to the JSON of this one.
  [[nodiscard]] std::vector<Fields> objects(const char* name);
  /// An object; an empty one if the field is not there.
  [[nodiscard]] Fields object_or_empty(const char* name);

  /// Throws if there is a field that was not read.
  void end() const;
  /// Throws: the field, or the object where `name` is empty, should be `expected`.
  [[noreturn]] void fail(const std::string& name, const std::string& expected) const;
  /// The same object by another name, for clearer errors from now on.
  void call_it(std::string place) { place_ = std::move(place); }

 private:
  const nlohmann::json& value(const char* name, const char* expected);
  [[nodiscard]] const nlohmann::json& list(const char* name, const char* expected);

  const nlohmann::json* object_;
  std::string place_;
  std::set<std::string> read_;
};

}  // namespace assay
