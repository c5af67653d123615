// What the core can do: multiply-adds per second, and bytes per second of a pass that reads and of one that reads and writes.
#pragma once
#include <cstdio>
#include <cstdlib>
#include "workload.h"

// Over stretches of 20 ms, as the clock of a shared core is not exact over less.
template <typename Pass> double best_rate(double budget, Pass pass) {
    double best = 0, start = seconds();
    do {
        double work = 0, before = seconds(), now = before;
        while (now - before < 0.02) work += pass(), now = seconds();
        if (work / (now - before) > best) best = work / (now - before);
    } while (seconds() - start < budget);
    return best;
}

// Eighteen chains of fused multiply-adds: more than latency times issue width on any core there is.
inline void probe_peak(double budget) {
    constexpr int Chains = 18, Steps = 200000;
    static volatile float sink;
    double rate = best_rate(budget, [&] {
        Lanes sums[Chains];
        for (int k = 0; k < Chains; k++) sums[k] = Lanes::all(static_cast<float>(k));
        Lanes a = Lanes::all(0.999f), b = Lanes::all(0.001f);
        for (int i = 0; i < Steps; i++) {
#pragma GCC unroll 18
            for (int k = 0; k < Chains; k++) sums[k] = fma(sums[k], a, b);
#if defined(__AVX512F__)
            asm volatile("" : "+v"(a.v), "+v"(b.v));
#endif
        }
        Lanes total = sums[0];
        for (int k = 1; k < Chains; k++) total = total + sums[k];
        sink = total.sum();
        return static_cast<double>(Steps) * Chains * Width;
    });
    std::printf("peak multiply_adds_per_second %.6g\n", rate);
}

inline void probe_bytes(const char* name, size_t bytes, double budget) {
    static volatile float sink;
    size_t count = bytes / sizeof(float) / (8 * Width) * (8 * Width);
    Floats buffer = floats(count);
    float* p = buffer.get();
    int repeats = bytes < (1u << 22) ? static_cast<int>((1u << 22) / bytes) : 1;
    double read = best_rate(budget, [&] {
        Lanes s[8];
        for (Lanes& one : s) one = Lanes::zero();
        for (int r = 0; r < repeats; r++)
            for (size_t i = 0; i < count; i += 8 * Width)
#pragma GCC unroll 8
                for (int k = 0; k < 8; k++) s[k] = s[k] + Lanes::load(p + i + k * Width);
        sink = (((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]))).sum();
        return static_cast<double>(repeats) * count * sizeof(float);
    });
    Lanes change = Lanes::all(1e-6f);
    double update = best_rate(budget, [&] {
        for (int r = 0; r < repeats; r++)
            for (size_t i = 0; i < count; i += 8 * Width)
#pragma GCC unroll 8
                for (int k = 0; k < 8; k++) (Lanes::load(p + i + k * Width) + change).store(p + i + k * Width);
        sink = p[0];
        return static_cast<double>(repeats) * count * sizeof(float);
    });
    std::printf("bandwidth %s bytes %zu read %.6g update %.6g\n", name, count * sizeof(float), read, update);
}
