#include "bench/fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace assay {

namespace {

using Json = nlohmann::json;

/// A value, fit for an error message.
std::string shown(const Json& value) {
  constexpr std::size_t kLength = 40;
  std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
  if (text.size() > kLength) text = text.substr(0, kLength) + "…";
  return text;
}

bool is_whole_within(const Json& value, std::uint32_t low, std::uint32_t high) {
  if (!value.is_number_unsigned()) return false;
  const auto number = value.get<std::uint64_t>();
  return number >= low && number <= high;
}

bool is_line(const Json& value) {
  if (!value.is_string()) return false;
  const auto& text = value.get_ref<const std::string&>();
  return !text.empty() && std::ranges::none_of(text, [](char c) { return c >= 0 && c < ' '; });
}

std::string whole_number(std::uint32_t low, std::uint32_t high) {
  return fmt::format("a whole number from {} to {}", low, high);
}

}  // namespace

Fields::Fields(const Json& value, std::string place) : object_(&value), place_(std::move(place)) {
  if (!value.is_object()) fail("", "an object");
}

std::uint32_t Fields::whole(const char* name, std::uint32_t low, std::uint32_t high) {
  const std::string expected = whole_number(low, high);
  const Json& found = value(name, expected.c_str());
  if (!is_whole_within(found, low, high)) fail(name, expected);
  return found.get<std::uint32_t>();
}

std::uint32_t Fields::whole_or(const char* name, std::uint32_t low, std::uint32_t high,
                               std::uint32_t fallback) {
  return has(name) ? whole(name, low, high) : fallback;
}

std::uint32_t Fields::per_mille(const char* name) {
  constexpr const char* kExpected = "a number of percent from 0 to 100 with at most one decimal";
  const Json& found = value(name, kExpected);
  if (!found.is_number()) fail(name, kExpected);
  const double tenths = found.get<double>() * 10;
  const double rounded = std::round(tenths);
  if (!(rounded >= 0 && rounded <= 1000) || std::abs(tenths - rounded) > 1e-6) {
    fail(name, kExpected);
  }
  return static_cast<std::uint32_t>(rounded);
}

std::string Fields::text(const char* name) {
  constexpr const char* kExpected = "a line of text";
  const Json& found = value(name, kExpected);
  if (!is_line(found)) fail(name, kExpected);
  return found.get<std::string>();
}

std::string Fields::one_of(const char* name, const std::vector<std::string>& allowed) {
  const std::string expected = fmt::format("one of {}", fmt::join(allowed, ", "));
  const Json& found = value(name, expected.c_str());
  if (!found.is_string() || std::ranges::find(allowed, found.get<std::string>()) == allowed.end()) {
    fail(name, expected);
  }
  return found.get<std::string>();
}

std::vector<std::string> Fields::texts(const char* name) {
  constexpr const char* kExpected = "a list of texts";
  if (!has(name)) return {};
  const Json& found = value(name, kExpected);
  if (!found.is_array() || !std::ranges::all_of(found, is_line)) fail(name, kExpected);
  return found.get<std::vector<std::string>>();
}

std::vector<std::uint32_t> Fields::wholes(const char* name, std::uint32_t low, std::uint32_t high) {
  const std::string expected = "a list of which each is " + whole_number(low, high);
  const Json& found = list(name, expected.c_str());
  const auto fits = [&](const Json& each) { return is_whole_within(each, low, high); };
  if (!std::ranges::all_of(found, fits)) fail(name, expected);
  return found.get<std::vector<std::uint32_t>>();
}

std::vector<Fields> Fields::objects(const char* name) {
  std::vector<Fields> all;
  for (const Json& each : list(name, "a list of objects")) {
    all.emplace_back(each, fmt::format("{}{}[{}]: ", place_, name, all.size()));
  }
  return all;
}

Fields Fields::object_or_empty(const char* name) {
  static const Json empty = Json::object();
  const Json& found = has(name) ? value(name, "an object") : empty;
  return {found, fmt::format("{}{}: ", place_, name)};
}

void Fields::end() const {
  for (const auto& [name, unused] : object_->items()) {
    if (read_.contains(name)) continue;
    throw FieldError(fmt::format("{}there is no field {}; known here: {}", place_, shown(name),
                                 fmt::join(read_, ", ")));
  }
}

void Fields::fail(const std::string& name, const std::string& expected) const {
  if (name.empty()) {
    throw FieldError(fmt::format("{}expected {}, found {}", place_, expected, shown(*object_)));
  }
  if (!has(name.c_str())) {
    throw FieldError(
        fmt::format("{}{}: the field is missing, expected {}", place_, name, expected));
  }
  throw FieldError(
      fmt::format("{}{}: expected {}, found {}", place_, name, expected, shown((*object_)[name])));
}

const Json& Fields::value(const char* name, const char* expected) {
  read_.insert(name);
  if (!has(name)) fail(name, expected);
  return (*object_)[name];
}

const Json& Fields::list(const char* name, const char* expected) {
  const Json& found = value(name, expected);
  if (!found.is_array() || found.empty()) fail(name, expected);
  return found;
}

}  // namespace assay
