// Softmax regression with at most 16 classes, and logistic regression, by plain gradient steps.
#pragma once
#include <algorithm>
#include <cmath>
#include "workload.h"

class SoftmaxRegression {
public:
    explicit SoftmaxRegression(const Workload& work) : work_(work), rows_(work.inputs + 1) {
        if (work.hidden != 0 || work.outputs > Width) throw std::runtime_error("softmax regression has no hidden units and at most 16 outputs");
        weights_ = floats(static_cast<size_t>(rows_) * Width);
        for (int i = 0; i < rows_; i++)
            for (int k = 0; k < work.outputs; k++) weights_[i * Width + k] = work.first[i * work.outputs + k];
    }

    double learn(int index) {
        const float* x = work_.example(index);
        float* w = weights_.get();
        Lanes sums[8];
        for (Lanes& one : sums) one = Lanes::zero();
        int i = 0;
        for (; i + 8 <= rows_; i += 8)
#pragma GCC unroll 8
            for (int k = 0; k < 8; k++) sums[k] = fma(Lanes::all(x[i + k]), Lanes::load(w + (i + k) * Width), sums[k]);
        for (; i < rows_; i++) sums[0] = fma(Lanes::all(x[i]), Lanes::load(w + i * Width), sums[0]);
        alignas(64) float drive[Width];
        (((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]))).store(drive);
        float highest = *std::max_element(drive, drive + work_.outputs), sum = 0;
        for (int k = 0; k < work_.outputs; k++) sum += drive[k] = std::exp(drive[k] - highest);
        double loss = -std::log(drive[work_.labels[index]] / sum);
        for (int k = 0; k < Width; k++) drive[k] = k < work_.outputs ? work_.rate * ((k == work_.labels[index] ? 1.f : 0.f) - drive[k] / sum) : 0.f;
        Lanes credit = Lanes::load(drive);
        for (i = 0; i < rows_; i++) fma(Lanes::all(x[i]), credit, Lanes::load(w + i * Width)).store(w + i * Width);
        return loss;
    }

private:
    const Workload& work_;
    int rows_;
    Floats weights_;
};

// One weight vector w = w1 - w0 of the two classes: a step of both is twice the step of their difference.
class LogisticRegression {
public:
    explicit LogisticRegression(const Workload& work) : work_(work), lines_(work.stride / Width), weights_(floats(work.stride)) {
        if (work.hidden != 0 || work.outputs != 2) throw std::runtime_error("logistic regression has two outputs");
        for (int i = 0; i <= work.inputs; i++) weights_[i] = work.first[2 * i + 1] - work.first[2 * i];
    }

    double learn(int index) {
        const float* x = work_.example(index);
        float* w = weights_.get();
        Lanes sum = Lanes::zero();
        for (int c = 0; c < lines_; c++) sum = fma(Lanes::load(x + c * Width), Lanes::load(w + c * Width), sum);
        float p = 1.f / (1.f + std::exp(-sum.sum()));
        int label = work_.labels[index];
        Lanes step = Lanes::all(2.f * work_.rate * (static_cast<float>(label) - p));
        for (int c = 0; c < lines_; c++) fma(step, Lanes::load(x + c * Width), Lanes::load(w + c * Width)).store(w + c * Width);
        return -std::log(label == 1 ? p : 1.f - p);
    }

private:
    const Workload& work_;
    int lines_;
    Floats weights_;
};
