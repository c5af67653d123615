// Sixteen floats in one register, or in two where the machine has no 512-bit vectors.
#pragma once
#include <cstddef>
#include <cstdlib>
#include <immintrin.h>
#include <memory>

#if defined(__AVX512F__)
struct Lanes {
    __m512 v;
    static Lanes zero() { return {_mm512_setzero_ps()}; }
    static Lanes all(float x) { return {_mm512_set1_ps(x)}; }
    static Lanes load(const float* p) { return {_mm512_load_ps(p)}; }
    void store(float* p) const { _mm512_store_ps(p, v); }
    float sum() const { return _mm512_reduce_add_ps(v); }
};
inline Lanes fma(Lanes a, Lanes b, Lanes c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }
inline Lanes operator*(Lanes a, Lanes b) { return {_mm512_mul_ps(a.v, b.v)}; }
inline Lanes operator+(Lanes a, Lanes b) { return {_mm512_add_ps(a.v, b.v)}; }
inline Lanes operator-(Lanes a, Lanes b) { return {_mm512_sub_ps(a.v, b.v)}; }
inline Lanes rectified(Lanes a) { return {_mm512_max_ps(a.v, _mm512_setzero_ps())}; }
// b where a is above 0, else 0.
inline Lanes where_positive(Lanes a, Lanes b) { return {_mm512_maskz_mov_ps(_mm512_cmp_ps_mask(a.v, _mm512_setzero_ps(), _CMP_GT_OQ), b.v)}; }
#elif defined(__AVX2__) && defined(__FMA__)
struct Lanes {
    __m256 a, b;
    static Lanes zero() { return {_mm256_setzero_ps(), _mm256_setzero_ps()}; }
    static Lanes all(float x) { return {_mm256_set1_ps(x), _mm256_set1_ps(x)}; }
    static Lanes load(const float* p) { return {_mm256_load_ps(p), _mm256_load_ps(p + 8)}; }
    void store(float* p) const { _mm256_store_ps(p, a); _mm256_store_ps(p + 8, b); }
    float sum() const {
        __m256 eight = _mm256_add_ps(a, b);
        __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
        four = _mm_add_ps(four, _mm_movehl_ps(four, four));
        return _mm_cvtss_f32(_mm_add_ss(four, _mm_shuffle_ps(four, four, 1)));
    }
};
inline Lanes fma(Lanes x, Lanes y, Lanes z) { return {_mm256_fmadd_ps(x.a, y.a, z.a), _mm256_fmadd_ps(x.b, y.b, z.b)}; }
inline Lanes operator*(Lanes x, Lanes y) { return {_mm256_mul_ps(x.a, y.a), _mm256_mul_ps(x.b, y.b)}; }
inline Lanes operator+(Lanes x, Lanes y) { return {_mm256_add_ps(x.a, y.a), _mm256_add_ps(x.b, y.b)}; }
inline Lanes operator-(Lanes x, Lanes y) { return {_mm256_sub_ps(x.a, y.a), _mm256_sub_ps(x.b, y.b)}; }
inline Lanes rectified(Lanes x) { return {_mm256_max_ps(x.a, _mm256_setzero_ps()), _mm256_max_ps(x.b, _mm256_setzero_ps())}; }
inline Lanes where_positive(Lanes x, Lanes y) {
    return {_mm256_and_ps(_mm256_cmp_ps(x.a, _mm256_setzero_ps(), _CMP_GT_OQ), y.a), _mm256_and_ps(_mm256_cmp_ps(x.b, _mm256_setzero_ps(), _CMP_GT_OQ), y.b)};
}
#else
#error "The reference needs AVX-512, or AVX2 with FMA."
#endif

constexpr int Width = 16;

inline int padded(int count) { return (count + Width - 1) / Width * Width; }

struct Free {
    void operator()(float* p) const { std::free(p); }
};

using Floats = std::unique_ptr<float[], Free>;

// Zeroed floats on a 64-byte line.
inline Floats floats(size_t count) {
    size_t bytes = (count * sizeof(float) + 63) / 64 * 64;
    float* p = static_cast<float*>(std::aligned_alloc(64, bytes));
    if (p == nullptr) std::abort();
    for (size_t i = 0; i < bytes / sizeof(float); i++) p[i] = 0.f;
    return Floats(p);
}
