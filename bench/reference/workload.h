// What the runner hands over: first weights and labelled examples, so that both sides compute the same from the same.
#pragma once
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <ctime>
#include <string>
#include <vector>
#include "lanes.h"

struct Workload {
    int inputs = 0, hidden = 0, outputs = 0, count = 0;
    float rate = 0, strength = 0;
    std::vector<float> first;   // [inputs + 1][hidden], or [inputs + 1][outputs] without a hidden layer; the last row is the bias
    std::vector<float> second;  // [hidden + 1][outputs]
    Floats examples;            // [count][stride]
    std::vector<int32_t> labels;
    int stride = 0;

    const float* example(int index) const { return examples.get() + static_cast<size_t>(index) * stride; }

    static Workload read(const std::string& path) {
        std::FILE* file = std::fopen(path.c_str(), "rb");
        if (file == nullptr) throw std::runtime_error("cannot read " + path);
        Workload w;
        int32_t head[4];
        take(file, head, 4);
        w.inputs = head[0], w.hidden = head[1], w.outputs = head[2], w.count = head[3];
        take(file, &w.rate, 1);
        take(file, &w.strength, 1);
        w.first.resize(static_cast<size_t>(w.inputs + 1) * (w.hidden > 0 ? w.hidden : w.outputs));
        w.second.resize(w.hidden > 0 ? static_cast<size_t>(w.hidden + 1) * w.outputs : 0);
        take(file, w.first.data(), w.first.size());
        take(file, w.second.data(), w.second.size());
        w.stride = padded(w.inputs + 1);
        w.examples = floats(static_cast<size_t>(w.count) * w.stride);
        for (int i = 0; i < w.count; i++) {
            float* x = w.examples.get() + static_cast<size_t>(i) * w.stride;
            take(file, x, w.inputs);
            x[w.inputs] = 1.f;
        }
        w.labels.resize(w.count);
        take(file, w.labels.data(), w.count);
        std::fclose(file);
        return w;
    }

private:
    template <typename T> static void take(std::FILE* file, T* to, size_t count) {
        if (count > 0 && std::fread(to, sizeof(T), count, file) != count) throw std::runtime_error("the workload ends early");
    }
};

// Seconds that this process had the core for, so that what others take of a shared core is not counted.
inline double seconds() {
    timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// One pass whose mean loss tells whether both sides compute the same, then passes by the clock.
template <typename Step> void run(const char* name, const Workload& work, double budget, int batch, Step step) {
    double loss = 0;
    int whole = work.count / batch * batch;
    for (int i = 0; i < whole; i += batch) loss += step(i);
    long events = 0;
    double start = seconds(), now = start;
    while (now - start < budget) {
        for (int i = 0; i < whole && now - start < budget; i += batch) {
            step(i);
            events += batch;
            if ((events / batch & 15) == 0) now = seconds();
        }
        now = seconds();
    }
    std::printf("%s per_second %.6g loss %.9g\n", name, events / (now - start), loss / whole);
}
