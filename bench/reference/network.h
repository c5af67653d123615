// A network inputs-hidden-outputs with rectified hidden units and softmax, learned by plain gradient steps: example by example in two passes over the
// first weights (one to read them forward, one to change them), or 32 examples at a time. With an elastic term every weight is also pulled to its anchor by its
// importance, and the squares of the gradients are summed for the next one (Kirkpatrick et al. 2017; Schwarz et al. 2018).
#pragma once
#include <algorithm>
#include <cmath>
#include "workload.h"

constexpr int Hidden = 256;
constexpr int Columns = Hidden / Width;
constexpr int Together = 32;

class Network {
public:
    explicit Network(const Workload& work, bool elastic) : work_(work), elastic_(elastic), rows_(work.inputs + 1), outputs_(work.outputs) {
        if (work.hidden != Hidden || outputs_ > Width) throw std::runtime_error("the network is for 256 hidden units and at most 16 outputs");
        first_ = floats(static_cast<size_t>(rows_) * Hidden);
        std::copy(work.first.begin(), work.first.end(), first_.get());
        // The second weights lie by output, so that neither direction needs sums across lanes but one per output.
        stride_ = padded(Hidden + 1);
        second_ = floats(static_cast<size_t>(outputs_) * stride_);
        for (int j = 0; j <= Hidden; j++)
            for (int k = 0; k < outputs_; k++) second_[k * stride_ + j] = work.second[j * outputs_ + k];
        if (elastic) {
            size_t n = static_cast<size_t>(rows_) * Hidden, m = static_cast<size_t>(outputs_) * stride_;
            anchor_ = floats(n), importance_ = floats(n), squares_ = floats(n);
            anchor2_ = floats(m), importance2_ = floats(m), squares2_ = floats(m);
            std::copy(first_.get(), first_.get() + n, anchor_.get());
            std::copy(second_.get(), second_.get() + m, anchor2_.get());
            for (size_t i = 0; i < n; i++) importance_[i] = 1e-4f;
            for (size_t i = 0; i < m; i++) importance2_[i] = 1e-4f;
        }
        activity_ = floats(static_cast<size_t>(Together) * stride_);
        credit_ = floats(static_cast<size_t>(Together) * Hidden);
        errors_ = floats(static_cast<size_t>(Together) * Width);
    }

    double learn(int index) {
        const float* x = work_.example(index);
        forward(x, activity_.get());
        double loss = head(activity_.get(), work_.labels[index], errors_.get());
        backward(activity_.get(), errors_.get(), credit_.get());
        if (elastic_) {
            for (int k = 0; k < outputs_; k++)
                elastic_row(errors_[k], activity_.get(), stride_ / Width, second_.get() + k * stride_, anchor2_.get() + k * stride_, importance2_.get() + k * stride_, squares2_.get() + k * stride_);
            for (int i = 0; i < rows_; i++) {
                size_t at = static_cast<size_t>(i) * Hidden;
                elastic_row(x[i], credit_.get(), Columns, first_.get() + at, anchor_.get() + at, importance_.get() + at, squares_.get() + at);
            }
            return loss;
        }
        for (int k = 0; k < outputs_; k++) add_scaled(work_.rate * errors_[k], activity_.get(), stride_ / Width, second_.get() + k * stride_);
        Lanes d[Columns];
        for (int c = 0; c < Columns; c++) d[c] = Lanes::load(credit_.get() + c * Width);
        for (int i = 0; i < rows_; i++) {
            Lanes scale = Lanes::all(work_.rate * x[i]);
            float* w = first_.get() + static_cast<size_t>(i) * Hidden;
#pragma GCC unroll 16
            for (int c = 0; c < Columns; c++) fma(scale, d[c], Lanes::load(w + c * Width)).store(w + c * Width);
        }
        return loss;
    }

    double learn_together(int start) {
        multiply_forward(start);
        double loss = 0;
        for (int s = 0; s < Together; s++) {
            float* h = activity_.get() + s * stride_;
            loss += head(h, work_.labels[start + s], errors_.get() + s * Width);
            backward(h, errors_.get() + s * Width, credit_.get() + s * Hidden);
        }
        float rate = work_.rate / Together;
        for (int s = 0; s < Together; s++)
            for (int k = 0; k < outputs_; k++) add_scaled(rate * errors_[s * Width + k], activity_.get() + s * stride_, stride_ / Width, second_.get() + k * stride_);
        multiply_update(start, rate);
        return loss;
    }

private:
    void forward(const float* x, float* h) {
        Lanes sums[Columns];
        for (Lanes& one : sums) one = Lanes::zero();
        for (int i = 0; i < rows_; i++) {
            Lanes scale = Lanes::all(x[i]);
            const float* w = first_.get() + static_cast<size_t>(i) * Hidden;
#pragma GCC unroll 16
            for (int c = 0; c < Columns; c++) sums[c] = fma(scale, Lanes::load(w + c * Width), sums[c]);
        }
        for (int c = 0; c < Columns; c++) rectified(sums[c]).store(h + c * Width);
        h[Hidden] = 1.f;
    }

    double head(const float* h, int label, float* errors) {
        float drive[Width], highest = -1e30f, sum = 0;
        for (int k = 0; k < outputs_; k++) {
            Lanes dot = Lanes::zero(), other = Lanes::zero();
            const float* w = second_.get() + k * stride_;
            int j = 0;
            for (; j + 2 * Width <= stride_; j += 2 * Width) {
                dot = fma(Lanes::load(h + j), Lanes::load(w + j), dot);
                other = fma(Lanes::load(h + j + Width), Lanes::load(w + j + Width), other);
            }
            if (j < stride_) dot = fma(Lanes::load(h + j), Lanes::load(w + j), dot);
            drive[k] = (dot + other).sum();
            highest = std::max(highest, drive[k]);
        }
        for (int k = 0; k < outputs_; k++) sum += drive[k] = std::exp(drive[k] - highest);
        for (int k = 0; k < outputs_; k++) errors[k] = (k == label ? 1.f : 0.f) - drive[k] / sum;
        return -std::log(drive[label] / sum);
    }

    void backward(const float* h, const float* errors, float* credit) {
        for (int c = 0; c < Columns; c++) {
            Lanes sum = Lanes::zero();
            for (int k = 0; k < outputs_; k++) sum = fma(Lanes::all(errors[k]), Lanes::load(second_.get() + k * stride_ + c * Width), sum);
            where_positive(Lanes::load(h + c * Width), sum).store(credit + c * Width);
        }
    }

    static void add_scaled(float factor, const float* source, int lines, float* to) {
        Lanes scale = Lanes::all(factor);
        for (int c = 0; c < lines; c++) fma(scale, Lanes::load(source + c * Width), Lanes::load(to + c * Width)).store(to + c * Width);
    }

    void elastic_row(float factor, const float* line, int lines, float* weights, const float* anchor, const float* importance, float* squares) const {
        Lanes scale = Lanes::all(factor), rate = Lanes::all(work_.rate), pull = Lanes::all(work_.rate * work_.strength);
        for (int c = 0; c < lines; c++) {
            int at = c * Width;
            Lanes g = scale * Lanes::load(line + at), w = Lanes::load(weights + at);
            Lanes back = pull * Lanes::load(importance + at) * (w - Lanes::load(anchor + at));
            fma(rate, g, w - back).store(weights + at);
            fma(g, g, Lanes::load(squares + at)).store(squares + at);
        }
    }

    // Eight examples by two lines of columns at a time.
    void multiply_forward(int start) {
        for (int column = 0; column < Hidden; column += 2 * Width)
            for (int s = 0; s < Together; s += 8) {
                Lanes sums[8][2];
                const float* x[8];
                for (int r = 0; r < 8; r++) sums[r][0] = sums[r][1] = Lanes::zero(), x[r] = work_.example(start + s + r);
                const float* w = first_.get() + column;
                for (int i = 0; i < rows_; i++, w += Hidden) {
                    Lanes a = Lanes::load(w), b = Lanes::load(w + Width);
#pragma GCC unroll 8
                    for (int r = 0; r < 8; r++) {
                        Lanes scale = Lanes::all(x[r][i]);
                        sums[r][0] = fma(scale, a, sums[r][0]);
                        sums[r][1] = fma(scale, b, sums[r][1]);
                    }
                }
                for (int r = 0; r < 8; r++) {
                    float* h = activity_.get() + (s + r) * stride_;
                    rectified(sums[r][0]).store(h + column);
                    rectified(sums[r][1]).store(h + column + Width);
                    h[Hidden] = 1.f;
                }
            }
    }

    // Four rows by four lines of columns at a time, over all examples.
    void multiply_update(int start, float rate) {
        for (int s = 0; s < Together * Hidden; s += Width) (Lanes::all(rate) * Lanes::load(credit_.get() + s)).store(credit_.get() + s);
        for (int row = 0; row < rows_; row += 4) {
            int height = std::min(4, rows_ - row);
            for (int column = 0; column < Hidden; column += 4 * Width) {
                Lanes sums[4][4];
                float* w = first_.get() + static_cast<size_t>(row) * Hidden + column;
                for (int r = 0; r < height; r++)
                    for (int c = 0; c < 4; c++) sums[r][c] = Lanes::load(w + r * Hidden + c * Width);
                for (int s = 0; s < Together; s++) {
                    const float* x = work_.example(start + s) + row;
                    const float* d = credit_.get() + s * Hidden + column;
                    Lanes line[4] = {Lanes::load(d), Lanes::load(d + Width), Lanes::load(d + 2 * Width), Lanes::load(d + 3 * Width)};
#pragma GCC unroll 4
                    for (int r = 0; r < 4; r++) {
                        Lanes scale = Lanes::all(x[r]);  // beyond the last row: padding of the example
                        for (int c = 0; c < 4; c++) sums[r][c] = fma(scale, line[c], sums[r][c]);
                    }
                }
                for (int r = 0; r < height; r++)
                    for (int c = 0; c < 4; c++) sums[r][c].store(w + r * Hidden + c * Width);
            }
        }
    }

    const Workload& work_;
    bool elastic_;
    int rows_, outputs_, stride_;
    Floats first_, second_, anchor_, importance_, squares_, anchor2_, importance2_, squares2_;
    Floats activity_, credit_, errors_;
};
