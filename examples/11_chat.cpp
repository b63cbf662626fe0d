// SPDX-License-Identifier: Apache-2.0
// A chat of up to nine, over UDP. Each in a terminal of its own, in any order:
//     11_chat 1 ann          11_chat 2 bob          11_chat 3 cem
// Node N is at 127.0.0.N here; on a network it is where you say. Ctrl-D leaves.
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>

#include "11_room.hpp"
#include "tools/support/text.hpp"

int main(int count, char** words) try {
    const int number = count > 2 ? std::atoi(words[1]) : 0;
    const int port = count > 3 ? std::atoi(words[3]) : 7'100;
    if (number < 1 || number > 9 || port < 1 || port > 65'535) {
        std::fputs("usage: 11_chat NUMBER NAME [PORT], with a number from 1 to 9\n", stderr);
        return 2;
    }
    const std::string name = words[2];
    room here{static_cast<std::uint16_t>(number), static_cast<std::uint16_t>(port)};

    //-- begin snippet
    bool leaving = false;
    std::string typed;
    while (!leaving || !here.empty()) {
        pollfd ready[] = {{leaving ? -1 : STDIN_FILENO, POLLIN, 0}, {here.handle(), POLLIN, 0}};
        ::poll(ready, 2, here.patience());  // until somebody types, a frame arrives, or a timer
        if (ready[0].revents != 0) {
            char text[512];
            const auto size = ::read(STDIN_FILENO, text, sizeof text);
            if (size <= 0) leaving = true, here.leave();
            if (size > 0) typed.append(text, static_cast<std::size_t>(size));
            for (std::size_t end; (end = typed.find('\n')) != typed.npos; typed.erase(0, end + 1))
                here.say(name + ": " + typed.substr(0, end));
        }
        here.turn([](std::string line) {  // of others: it must not steer the terminal
            std::replace(line.begin(), line.end(), '\n', ' ');
            std::cout << tools::printable(line) << '\n' << std::flush;
        });
    }
    //-- end snippet
} catch (const std::exception& e) {
    std::fprintf(stderr, "11_chat: %s\n", e.what());
    return 1;
}
