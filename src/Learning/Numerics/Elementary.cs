using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LifelongApi.Learning.Numerics;

/// <summary>
/// Exp, log, tanh, cosine and sine built from exact operations only, so that every machine gives the same bits (docs/determinism.md rule 3).
/// Range reduction and polynomials after Cephes (Moshier 1992, expf.c, logf.c, sinf.c), evaluated with fused multiply-add; exp and log err by at most 2 units in the last place within range.
/// </summary>
public static class Elementary
{
    private const float HighestExponent = 88f;
    private const float LowestExponent = -87.3365478515625f;
    private const float LargestAngle = 262144f;

    /// <summary>e^x; x is limited to [−87.3, 88], so the result is finite and not 0. NaN stays NaN.</summary>
    /// <param name="x">Exponents.</param>
    /// <returns>Powers.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        // The limits come first: a NaN in the second place is what these two return, on every machine.
        var limited = Vector512.MaxNative(Vector512.Create(LowestExponent), Vector512.MinNative(Vector512.Create(HighestExponent), x));
        var n = Vector512.Floor(Vector512.FusedMultiplyAdd(limited, Vector512.Create(1.44269504088896341f), Vector512.Create(0.5f)));
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-0.693359375f), limited);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(2.12194440e-4f), r);
        var p = Vector512.Create(1.9875691500e-4f);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.3981999507e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(8.3334519073e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(4.1665795894e-2f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.6666665459e-1f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(5.0000001201e-1f));
        p = Vector512.FusedMultiplyAdd(p, r * r, r) + Vector512<float>.One;
        var bits = (Vector512.ConvertToInt32Native(n) + Vector512.Create(127)) << 23;
        return p * bits.AsSingle();
    }

    /// <summary>e^x for one number.</summary>
    /// <param name="x">Exponent.</param>
    /// <returns>Power.</returns>
    public static float Exp(float x) => Exp(Vector512.Create(x)).ToScalar();

    /// <summary>ln x in double, for statistics: x = m · 2^e with m in [√½, √2), ln x = e · ln 2 + 2 · artanh((m − 1) / (m + 1)) (Abramowitz and Stegun 1964, 4.1.27), eleven terms, within 2 ulp.</summary>
    /// <param name="x">Above 0, normal and finite.</param>
    /// <returns>ln x.</returns>
    public static double Log(double x)
    {
        var bits = BitConverter.DoubleToInt64Bits(x);
        var exponent = (int)(bits >> 52) - 1023;
        var m = BitConverter.Int64BitsToDouble((bits & 0xFFFFFFFFFFFFF) | (1023L << 52));
        if (m > 1.4142135623730951)
        {
            m /= 2;
            exponent++;
        }

        var s = (m - 1) / (m + 1);
        var z = s * s;
        var sum = 0d;
        for (var k = 21; k >= 3; k -= 2)
        {
            sum = (sum + (1d / k)) * z;
        }

        return (exponent * 0.6931471805599453) + (2 * s * (1 + sum));
    }

    /// <summary>Natural logarithm of a positive normal number; anything below 1.18e-38 counts as 1.18e-38. NaN stays NaN.</summary>
    /// <param name="x">Number.</param>
    /// <returns>Logarithm.</returns>
    public static float Log(float x)
    {
        if (float.IsNaN(x) || float.IsPositiveInfinity(x))
        {
            return x;
        }

        var bits = BitConverter.SingleToInt32Bits(x < 1.17549435e-38f ? 1.17549435e-38f : x);
        var exponent = (bits >> 23) - 126;
        var mantissa = BitConverter.Int32BitsToSingle((bits & 0x007FFFFF) | 0x3F000000);
        if (mantissa < 0.707106781186547524f)
        {
            exponent--;
            mantissa = mantissa + mantissa - 1f;
        }
        else
        {
            mantissa -= 1f;
        }

        var z = mantissa * mantissa;
        var p = 7.0376836292e-2f;
        p = MathF.FusedMultiplyAdd(p, mantissa, -1.1514610310e-1f);
        p = MathF.FusedMultiplyAdd(p, mantissa, 1.1676998740e-1f);
        p = MathF.FusedMultiplyAdd(p, mantissa, -1.2420140846e-1f);
        p = MathF.FusedMultiplyAdd(p, mantissa, 1.4249322787e-1f);
        p = MathF.FusedMultiplyAdd(p, mantissa, -1.6668057665e-1f);
        p = MathF.FusedMultiplyAdd(p, mantissa, 2.0000714765e-1f);
        p = MathF.FusedMultiplyAdd(p, mantissa, -2.4999993993e-1f);
        p = MathF.FusedMultiplyAdd(p, mantissa, 3.3333331174e-1f);
        var y = mantissa * z * p;
        y = MathF.FusedMultiplyAdd(exponent, -2.12194440e-4f, y);
        y = MathF.FusedMultiplyAdd(-0.5f, z, y);
        return MathF.FusedMultiplyAdd(exponent, 0.693359375f, mantissa + y);
    }

    /// <summary>tanh(x) = 1 − 2 / (e^{2x} + 1), by a Taylor polynomial where |x| is below 0.05, so that small numbers keep their digits; absolute error at most 1.8e-7, relative 2e-7 below 0.05. NaN stays NaN.</summary>
    /// <param name="x">Numbers.</param>
    /// <returns>Values in [−1, 1].</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Tanh(Vector512<float> x)
    {
        var large = Vector512<float>.One - (Vector512.Create(2f) / (Exp(x + x) + Vector512<float>.One));
        var z = x * x;
        var p = Vector512.FusedMultiplyAdd(z, Vector512.Create(2f / 15f), Vector512.Create(-1f / 3f));
        var small = Vector512.FusedMultiplyAdd(p, z * x, x);
        return Vector512.ConditionalSelect(Vector512.LessThan(Vector512.Abs(x), Vector512.Create(0.05f)), small, large);
    }

    /// <summary>
    /// cos(x) and sin(x), absolute error at most 1.2e-7. The angle is limited to ±2^18, from where a float32 tells angles 0.03 apart at best; NaN stays NaN.
    /// The multiple of π/2 that is nearest is taken off in three parts (Cody and Waite 1980); with fused multiply-add the first step is exact.
    /// </summary>
    /// <param name="x">Angles in radians.</param>
    /// <returns>Cosines and sines, in [−1, 1].</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<float> Cosine, Vector512<float> Sine) CosineAndSine(Vector512<float> x)
    {
        var limit = Vector512.Create(LargestAngle);
        var limited = Vector512.ConditionalSelect(Vector512.GreaterThan(x, limit), limit, x);
        limited = Vector512.ConditionalSelect(Vector512.LessThan(limited, -limit), -limit, limited);
        var n = Vector512.Floor(Vector512.FusedMultiplyAdd(limited, Vector512.Create(0.636619772367581343f), Vector512.Create(0.5f)));
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-1.57079637050628662f), limited);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(4.37113882867379289e-8f), r);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(1.71512451000588187e-15f), r);
        var z = r * r;
        var p = Vector512.FusedMultiplyAdd(z, Vector512.Create(-1.9515295891e-4f), Vector512.Create(8.3321608736e-3f));
        p = Vector512.FusedMultiplyAdd(p, z, Vector512.Create(-1.6666654611e-1f));
        var sine = Vector512.FusedMultiplyAdd(p, z * r, r);
        var q = Vector512.FusedMultiplyAdd(z, Vector512.Create(2.443315711809948e-5f), Vector512.Create(-1.388731625493765e-3f));
        q = Vector512.FusedMultiplyAdd(q, z, Vector512.Create(4.166664568298827e-2f));
        var cosine = Vector512.FusedMultiplyAdd(q, z * z, Vector512.FusedMultiplyAdd(z, Vector512.Create(-0.5f), Vector512<float>.One));

        // n mod 4 is the quadrant, exact in float32: odd ones exchange sine and cosine, then signs follow.
        var quadrant = Vector512.FusedMultiplyAdd(Vector512.Floor(n * Vector512.Create(0.25f)), Vector512.Create(-4f), n);
        var exchange = Vector512.Equals(quadrant, Vector512.Create(1f)) | Vector512.Equals(quadrant, Vector512.Create(3f));
        var (even, odd) = (Vector512.ConditionalSelect(exchange, sine, cosine), Vector512.ConditionalSelect(exchange, cosine, sine));
        var flipCosine = Vector512.Equals(quadrant, Vector512.Create(1f)) | Vector512.Equals(quadrant, Vector512.Create(2f));
        return (Vector512.ConditionalSelect(flipCosine, -even, even), Vector512.ConditionalSelect(Vector512.GreaterThanOrEqual(quadrant, Vector512.Create(2f)), -odd, odd));
    }
}
