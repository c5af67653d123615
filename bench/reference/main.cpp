// reference <case> <workload file> <seconds>     one line: <case> per_second <events> loss <mean of the first pass>
// reference peak <seconds>                       one line: peak multiply_adds_per_second <n>
// reference bandwidth <bytes> <seconds>          one line: bandwidth <name> bytes <n> read <bytes per second> update <bytes per second>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include "linear.h"
#include "network.h"
#include "probe.h"

int main(int argc, char** argv) {
    try {
        std::string name = argc > 1 ? argv[1] : "";
        if (name == "peak" && argc == 3) {
            probe_peak(std::atof(argv[2]));
            return 0;
        }
        if (name == "bandwidth" && argc == 4) {
            probe_bytes("probe", static_cast<size_t>(std::atoll(argv[2])), std::atof(argv[3]));
            return 0;
        }
        if (argc != 4) {
            std::fprintf(stderr, "usage: reference network|network-ewc|network-batch|softmax|logistic <workload> <seconds> | peak <seconds> | bandwidth <bytes> <seconds>\n");
            return 2;
        }
        Workload work = Workload::read(argv[2]);
        double budget = std::atof(argv[3]);
        if (name == "network" || name == "network-ewc") {
            Network net(work, name == "network-ewc");
            run(argv[1], work, budget, 1, [&](int i) { return net.learn(i); });
        } else if (name == "network-batch") {
            Network net(work, false);
            run(argv[1], work, budget, Together, [&](int i) { return net.learn_together(i); });
        } else if (name == "softmax") {
            SoftmaxRegression model(work);
            run(argv[1], work, budget, 1, [&](int i) { return model.learn(i); });
        } else if (name == "logistic") {
            LogisticRegression model(work);
            run(argv[1], work, budget, 1, [&](int i) { return model.learn(i); });
        } else {
            std::fprintf(stderr, "no case '%s'\n", argv[1]);
            return 2;
        }
        return 0;
    } catch (const std::exception& problem) {
        std::fprintf(stderr, "%s\n", problem.what());
        return 1;
    }
}
