using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LifelongApi.Learning.Numerics;

/// <summary>
/// Sums with one order on every machine: 32 logical lanes, then one fixed tree (docs/determinism.md rule 1).
/// Lengths need not be padded; a tail is summed in the lanes where it would lie.
/// </summary>
public static class Reduction
{
    /// <summary>Σ a_i b_i with fused multiply-add.</summary>
    /// <param name="a">Shape [n].</param>
    /// <param name="b">Shape [n].</param>
    /// <returns>The dot product.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        if (a.Length != b.Length)
        {
            Throw.Kernel_LengthsDiffer(nameof(Dot), a.Length, b.Length);
        }

        ref var left = ref MemoryMarshal.GetReference(a);
        ref var right = ref MemoryMarshal.GetReference(b);
        var even = Vector512<float>.Zero;
        var odd = Vector512<float>.Zero;
        nuint i = 0;
        var whole = (nuint)(a.Length & ~31);
        for (; i < whole; i += 32)
        {
            even = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref left, i), Vector512.LoadUnsafe(ref right, i), even);
            odd = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref left, i + 16), Vector512.LoadUnsafe(ref right, i + 16), odd);
        }

        if (i + 16 <= (nuint)a.Length)
        {
            even = Vector512.FusedMultiplyAdd(Vector512.LoadUnsafe(ref left, i), Vector512.LoadUnsafe(ref right, i), even);
            i += 16;
        }

        if (i < (nuint)a.Length)
        {
            var product = (First: LoadFirst(a[(int)i..]), Second: LoadFirst(b[(int)i..]));
            if ((i & 16) == 0)
            {
                even = Vector512.FusedMultiplyAdd(product.First, product.Second, even);
            }
            else
            {
                odd = Vector512.FusedMultiplyAdd(product.First, product.Second, odd);
            }
        }

        return Tree(even, odd);
    }

    /// <summary>Σ a_i² with fused multiply-add.</summary>
    /// <param name="a">Shape [n].</param>
    /// <returns>The sum.</returns>
    public static float SumOfSquares(ReadOnlySpan<float> a) => Dot(a, a);

    /// <summary>Σ a_i.</summary>
    /// <param name="a">Shape [n].</param>
    /// <returns>The sum.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Sum(ReadOnlySpan<float> a)
    {
        ref var start = ref MemoryMarshal.GetReference(a);
        var even = Vector512<float>.Zero;
        var odd = Vector512<float>.Zero;
        nuint i = 0;
        var whole = (nuint)(a.Length & ~31);
        for (; i < whole; i += 32)
        {
            even += Vector512.LoadUnsafe(ref start, i);
            odd += Vector512.LoadUnsafe(ref start, i + 16);
        }

        if (i + 16 <= (nuint)a.Length)
        {
            even += Vector512.LoadUnsafe(ref start, i);
            i += 16;
        }

        if (i < (nuint)a.Length)
        {
            var rest = LoadFirst(a[(int)i..]);
            (even, odd) = (i & 16) == 0 ? (even + rest, odd) : (even, odd + rest);
        }

        return Tree(even, odd);
    }

    /// <summary>Σ |a_i|.</summary>
    /// <param name="a">Shape [n].</param>
    /// <returns>The sum.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float SumOfMagnitudes(ReadOnlySpan<float> a)
    {
        ref var start = ref MemoryMarshal.GetReference(a);
        var even = Vector512<float>.Zero;
        var odd = Vector512<float>.Zero;
        nuint i = 0;
        var whole = (nuint)(a.Length & ~31);
        for (; i < whole; i += 32)
        {
            even += Vector512.Abs(Vector512.LoadUnsafe(ref start, i));
            odd += Vector512.Abs(Vector512.LoadUnsafe(ref start, i + 16));
        }

        if (i + 16 <= (nuint)a.Length)
        {
            even += Vector512.Abs(Vector512.LoadUnsafe(ref start, i));
            i += 16;
        }

        if (i < (nuint)a.Length)
        {
            var rest = Vector512.Abs(LoadFirst(a[(int)i..]));
            (even, odd) = (i & 16) == 0 ? (even + rest, odd) : (even, odd + rest);
        }

        return Tree(even, odd);
    }

    /// <summary>Whether every number is finite and at most <paramref name="bound"/> in magnitude.</summary>
    /// <param name="a">Shape [n].</param>
    /// <param name="bound">Largest magnitude allowed.</param>
    /// <returns>False for NaN, infinity or a number beyond the bound.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool IsBounded(ReadOnlySpan<float> a, float bound)
    {
        ref var start = ref MemoryMarshal.GetReference(a);
        var limit = Vector512.Create(bound);
        nuint i = 0;
        for (; i + 16 <= (nuint)a.Length; i += 16)
        {
            if (!Vector512.LessThanOrEqualAll(Vector512.Abs(Vector512.LoadUnsafe(ref start, i)), limit))
            {
                return false;
            }
        }

        return i == (nuint)a.Length || Vector512.LessThanOrEqualAll(Vector512.Abs(LoadFirst(a[(int)i..])), limit);
    }

    /// <summary>The largest magnitude; 0 for an empty span, NaN where there is one. The order does not matter.</summary>
    /// <param name="a">Shape [n].</param>
    /// <returns>max |a_i|.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float LargestMagnitude(ReadOnlySpan<float> a)
    {
        ref var start = ref MemoryMarshal.GetReference(a);
        var largest = Vector512<float>.Zero;
        nuint i = 0;
        for (; i + 16 <= (nuint)a.Length; i += 16)
        {
            largest = Vector512.Max(largest, Vector512.Abs(Vector512.LoadUnsafe(ref start, i)));
        }

        if (i < (nuint)a.Length)
        {
            largest = Vector512.Max(largest, Vector512.Abs(LoadFirst(a[(int)i..])));
        }

        var eight = Vector256.Max(largest.GetLower(), largest.GetUpper());
        var four = Vector128.Max(eight.GetLower(), eight.GetUpper());
        return MathF.Max(MathF.Max(four.GetElement(0), four.GetElement(1)), MathF.Max(four.GetElement(2), four.GetElement(3)));
    }

    /// <summary>Index of the largest number, the lowest index on a tie; −1 for an empty span.</summary>
    /// <param name="a">Shape [n], no NaN.</param>
    /// <returns>The index.</returns>
    public static int IndexOfMax(ReadOnlySpan<float> a)
    {
        var best = -1;
        var highest = float.NegativeInfinity;
        for (var i = 0; i < a.Length; i++)
        {
            if (a[i] > highest || best < 0)
            {
                highest = a[i];
                best = i;
            }
        }

        return best;
    }

    /// <summary>The largest of 16 lanes.</summary>
    /// <param name="lanes">No NaN.</param>
    /// <returns>The largest; of zeros either.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float LargestLane(Vector512<float> lanes)
    {
        var eight = Vector256.MaxNative(lanes.GetLower(), lanes.GetUpper());
        var four = Vector128.MaxNative(eight.GetLower(), eight.GetUpper());
        four = Vector128.MaxNative(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        return Vector128.MaxNative(four, Vector128.Shuffle(four, Vector128.Create(1, 0, 3, 2))).ToScalar();
    }

    /// <summary>The first of 16 lanes that holds a number.</summary>
    /// <param name="lanes">The lanes.</param>
    /// <param name="value">A number that is there.</param>
    /// <returns>0 … 15.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int IndexOfLane(Vector512<float> lanes, float value) =>
        BitOperations.TrailingZeroCount((uint)Vector512.Equals(lanes, Vector512.Create(value)).ExtractMostSignificantBits());

    /// <summary>Fewer than 16 numbers as the first lanes; the others are 0.</summary>
    /// <param name="few">0 … 15 numbers.</param>
    /// <returns>A line.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static unsafe Vector512<float> LoadFirst(ReadOnlySpan<float> few)
    {
        if (Avx512F.IsSupported)
        {
            var isThere = Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(few.Length)).AsSingle();
            fixed (float* start = few)
            {
                return Avx512F.MaskLoad(start, isThere, Vector512<float>.Zero);
            }
        }

        Span<float> line = stackalloc float[16];
        line.Clear();
        few.CopyTo(line);
        return Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(line));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Tree(Vector512<float> even, Vector512<float> odd)
    {
        return Lanes(even + odd);
    }

    /// <summary>The sums of four times 16 lanes, each with the bits of <see cref="Lanes(Vector512{float})"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector128<float> Lanes(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d)
    {
        if (!Sse.IsSupported)
        {
            return Vector128.Create(Lanes(a), Lanes(b), Lanes(c), Lanes(d));
        }

        var (p, q, r, s) = (Quarter(a), Quarter(b), Quarter(c), Quarter(d));

        // p₀ + p₂, q₀ + q₂, p₁ + p₃, q₁ + q₃, and the same of r and s.
        var first = Sse.UnpackLow(p, q) + Sse.UnpackHigh(p, q);
        var second = Sse.UnpackLow(r, s) + Sse.UnpackHigh(r, s);
        return Sse.MoveLowToHigh(first, second) + Sse.MoveHighToLow(second, first);
    }

    /// <summary>The sum of 16 lanes: halves are added to halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float Lanes(Vector512<float> sixteen)
    {
        var four = Quarter(sixteen);

        // By elements: 64-bit vectors are not accelerated everywhere.
        return (four.GetElement(0) + four.GetElement(2)) + (four.GetElement(1) + four.GetElement(3));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Quarter(Vector512<float> sixteen)
    {
        var eight = sixteen.GetLower() + sixteen.GetUpper();
        return eight.GetLower() + eight.GetUpper();
    }
}
