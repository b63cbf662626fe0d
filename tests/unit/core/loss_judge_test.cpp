// SPDX-License-Identifier: Apache-2.0
#include <rrdp/core/loss_judge.hpp>

#include "support/catch.hpp"

namespace rrdp {
namespace {

using namespace std::chrono_literals;

segment_descriptor sent(loss_judge& judge, instant now) {
    segment_descriptor d;
    d.first_sent = d.last_sent = now;
    d.order = judge.next_order();
    d.transmissions = 1;
    return d;
}

TEST_CASE("loss_judge: sixteen recoveries that were needed take back a step of patience",
          "[core][R-9.7]") {
    loss_judge judge;
    const instant now{1s};
    segment_descriptor again = sent(judge, now);
    again.lost = loss::window;
    again.order = judge.next_order();
    again.transmissions = 2;
    again.last_sent = now + 9ms;
    judge.sent_again(again);
    delivery news = judge.begin_delivery(now + 10ms, 10ms);
    judge.delivered(again, news);  // sooner than any answer can come: it was needless
    REQUIRE(news.needless == 1);
    REQUIRE(judge.order_kept().steps() == 2);

    for (int recovery = 1; recovery <= 16; ++recovery) {
        CHECK(judge.order_kept().steps() == 2);
        const segment_descriptor lost = sent(judge, now + 1s);
        const segment_descriptor later = sent(judge, now + 1s);
        delivery answer = judge.begin_delivery(now + 2s, 10ms);
        judge.delivered(later, answer);
        loss_report report;
        CHECK(judge.verdict(lost, now + 2s, 1s, report) == loss::window);
        CHECK(report.recovery);
    }
    CHECK(judge.order_kept().steps() == 1);
}

TEST_CASE("loss_judge: how late an answer may be shows a needless second copy, not a third",
          "[core][R-9.7]") {
    const auto late_after = [](std::uint8_t transmissions) {
        loss_judge judge;
        const instant now{1s};
        segment_descriptor again = sent(judge, now);
        again.lost = loss::window;
        again.order = judge.next_order();
        again.transmissions = transmissions;
        again.last_sent = now + 9ms;
        judge.sent_again(again);
        delivery news = judge.begin_delivery(now + 10ms, 10ms);
        judge.delivered(again, news);
        REQUIRE(news.needless == 1);
        return news.late;
    };
    CHECK(late_after(2) == 12'500us);  // a quarter more than it was
    CHECK(late_after(3) == 0us);       // which copy was answered nobody knows
}

TEST_CASE("loss_judge: what is not overdue is not lost, and the report says when it will be",
          "[core][R-9.7]") {
    loss_judge judge;
    const instant now{1s};
    const segment_descriptor slow = sent(judge, now);
    const segment_descriptor later = sent(judge, now);
    delivery news = judge.begin_delivery(now + 1ms, 1ms);
    judge.delivered(later, news);
    loss_report report;
    CHECK(judge.verdict(slow, now + 3ms, 4ms, report) == loss::none);
    CHECK(report.due == now + 4ms);
    CHECK_FALSE(report.found);
    CHECK(judge.verdict(slow, now + 4ms, 4ms, report) == loss::window);
    CHECK(report.found);
}

}  // namespace
}  // namespace rrdp
