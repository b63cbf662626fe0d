// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

/// Gives the files named on the command line, and those in the folders named there, to a fuzz
/// target once each: what libFuzzer does with them, for every compiler. Fails where there is none.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

/// Whether the file could be read; the target ends the program if it fails.
bool replay(const std::filesystem::path& file) {
    std::ifstream in{file, std::ios::binary};
    const std::vector<char> octets{std::istreambuf_iterator<char>{in}, {}};
    if (!in) {
        std::fprintf(stderr, "%s: cannot be read\n", file.c_str());
        return false;
    }
    const std::vector<std::uint8_t> input{octets.begin(), octets.end()};
    LLVMFuzzerTestOneInput(input.data(), input.size());
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    namespace fs = std::filesystem;
    std::vector<fs::path> files;
    for (int i = 1; i < argc; ++i) {
        if (!fs::is_directory(argv[i])) {
            files.emplace_back(argv[i]);
            continue;
        }
        for (const auto& entry : fs::directory_iterator{argv[i]})
            if (entry.is_regular_file()) files.push_back(entry.path());
    }
    bool all_read = true;
    for (const fs::path& file : files) all_read = replay(file) && all_read;
    std::printf("%zu inputs replayed\n", files.size());
    if (files.empty()) std::fprintf(stderr, "no input found\n");
    return all_read && !files.empty() ? 0 : 1;
}
