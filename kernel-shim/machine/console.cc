#include "kernel-shim/machine/console.h"

#include <array>
#include <atomic>

#include "kernel-shim/machine/interrupts.h"
#include "kernel-shim/machine/ports.h"
#include "kernel-shim/machine/task.h"
#include "oracle/operations/text.h"

namespace assay::kernel {

namespace {

// The 16550 at COM1: its registers, and the bits that are used.
constexpr std::uint16_t kData = 0x3F8;
constexpr std::uint16_t kInterruptEnable = kData + 1;
constexpr std::uint16_t kFifoControl = kData + 2;
constexpr std::uint16_t kLineControl = kData + 3;
constexpr std::uint16_t kModemControl = kData + 4;
constexpr std::uint16_t kLineStatus = kData + 5;
constexpr std::uint8_t kDivisorLatch = 0x80;
constexpr std::uint8_t kEightBits = 0x03;
constexpr std::uint8_t kTransmitterEmpty = 0x20;
constexpr std::uint8_t kReceived = 0x01;             // an interrupt, and why there was one
constexpr std::uint8_t kInterruptsReachLine = 0x0B;  // of the modem: ready, and its output 2

char last_character = '\n';
volatile std::uint32_t characters_written = 0;

constexpr std::uint32_t kEverybody = kMostCpus;
constinit std::atomic<std::uint32_t> the_speaker = kEverybody;  // who may print
constinit std::array<std::atomic<bool>, kMostCpus> is_speaking{};

[[noreturn]] void fall_silent() {
  is_speaking[this_cpu()] = false;
  while (true) asm volatile("cli; hlt");
}

void print_hex(std::uint64_t number, int digits) {
  console << "0x";
  for (int i = digits - 1; i >= 0; --i) console << "0123456789abcdef"[number >> (4 * i) & 0xF];
}

}  // namespace

void Console::init() {
  write_port(kInterruptEnable, 0);
  write_port(kLineControl, kDivisorLatch);
  write_port(kData, 1);  // divisor 1 is 115200 baud
  write_port(kInterruptEnable, 0);
  write_port(kLineControl, kEightBits);
  write_port(kFifoControl, 0x07);   // on, emptied, threshold 1 byte
  write_port(kModemControl, 0x03);  // ready to send and receive
}

void Console::seize() {
  std::uint32_t speaker = kEverybody;
  const bool is_first = the_speaker.compare_exchange_strong(speaker, this_cpu());
  if (!is_first && speaker != this_cpu()) fall_silent();
  for (std::uint32_t cpu = 0; cpu < kMostCpus; ++cpu) {
    while (cpu != this_cpu() && is_speaking[cpu]) __builtin_ia32_pause();
  }
}

const Console& Console::operator<<(char c) const {
  std::atomic<bool>& speaks = is_speaking[this_cpu()];
  speaks = true;  // before it looks: whoever seizes the console then waits for this character
  if (the_speaker != kEverybody && the_speaker != this_cpu()) fall_silent();
  while ((read_port(kLineStatus) & kTransmitterEmpty) == 0) {
  }
  write_port(kData, static_cast<std::uint8_t>(c));
  last_character = c;
  characters_written = characters_written + 1;
  speaks = false;
  return *this;
}

const Console& Console::operator<<(const char* text) const {
  while (*text != '\0') *this << *text++;
  return *this;
}

const Console& Console::operator<<(std::uint32_t number) const {
  TextBuffer text;
  text << number;
  return *this << text.c_str();
}

const Console& Console::operator<<(Hex number) const {
  print_hex(number.value, 8);
  return *this;
}

const Console& Console::operator<<(LongHex number) const {
  print_hex(number.value, 16);
  return *this;
}

const Console& Console::operator<<(Pfn pfn) const {
  return pfn.is_none() ? *this << "none" : *this << pfn.value();
}

const Console& Console::operator<<(FrameCount count) const { return *this << count.value(); }

const Console& Console::operator<<(Run run) const {
  if (run.count == FrameCount{0}) return *this << "no frames";
  TextBuffer text;
  text << run;
  return *this << text.c_str();
}

void Console::listen() {
  write_port(kModemControl, kInterruptsReachLine);
  write_port(kInterruptEnable, kReceived);
  unmask_serial_line();
}

/// The interrupt itself brings nothing: it ends the sleep. One that comes between the look and the
/// sleep is kept off by cli, and comes with the instruction behind sti, which is hlt.
char Console::read() {
  while (true) {
    asm volatile("cli");
    if ((read_port(kLineStatus) & kReceived) != 0) {
      asm volatile("sti");
      return static_cast<char>(read_port(kData));
    }
    asm volatile("sti; hlt" : : : "memory");
  }
}

std::uint32_t Console::written() { return characters_written; }

void Console::finish_line() const {
  if (last_character != '\n') *this << '\n';
}

}  // namespace assay::kernel
