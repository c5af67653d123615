using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LifelongApi.Learning.Numerics;

/// <content>The innermost products, of four rows or one with some columns, and what becomes of their sums.</content>
public static partial class BlockKernels
{
    /// <summary>Four rows of the product: four lines of columns at a time where there are as many.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four<TCell>(
        ref float a0,
        ref float a1,
        ref float a2,
        ref float a3,
        nuint leftStep,
        nuint inner,
        ref float b,
        nuint stride,
        int width,
        ref float c0,
        ref float c1,
        ref float c2,
        ref float c3,
        ref TCell cell)
        where TCell : struct, ICell
    {
        if (width == Columns)
        {
            FourByFour(ref a0, ref a1, ref a2, ref a3, leftStep, inner, ref b, stride, ref c0, ref c1, ref c2, ref c3, ref cell);
            return;
        }

        for (nuint column = 0; column < (nuint)width; column += 16)
        {
            var (s0, s1) = (TCell.Begin(ref Unsafe.Add(ref c0, column)), TCell.Begin(ref Unsafe.Add(ref c1, column)));
            var (s2, s3) = (TCell.Begin(ref Unsafe.Add(ref c2, column)), TCell.Begin(ref Unsafe.Add(ref c3, column)));
            nuint left = 0;
            var right = column;
            for (nuint i = 0; i < inner; i++, left += leftStep, right += stride)
            {
                var line = Vector512.LoadUnsafe(ref b, right);
                s0 = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref a0, left)), line, s0);
                s1 = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref a1, left)), line, s1);
                s2 = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref a2, left)), line, s2);
                s3 = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref a3, left)), line, s3);
            }

            cell.End(s0, ref Unsafe.Add(ref c0, column));
            cell.End(s1, ref Unsafe.Add(ref c1, column));
            cell.End(s2, ref Unsafe.Add(ref c2, column));
            cell.End(s3, ref Unsafe.Add(ref c3, column));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourByFour<TCell>(
        ref float a0,
        ref float a1,
        ref float a2,
        ref float a3,
        nuint leftStep,
        nuint inner,
        ref float b,
        nuint stride,
        ref float c0,
        ref float c1,
        ref float c2,
        ref float c3,
        ref TCell cell)
        where TCell : struct, ICell
    {
        var (s00, s01, s02, s03) = (TCell.Begin(ref c0), TCell.Begin(ref Unsafe.Add(ref c0, 16)), TCell.Begin(ref Unsafe.Add(ref c0, 32)), TCell.Begin(ref Unsafe.Add(ref c0, 48)));
        var (s10, s11, s12, s13) = (TCell.Begin(ref c1), TCell.Begin(ref Unsafe.Add(ref c1, 16)), TCell.Begin(ref Unsafe.Add(ref c1, 32)), TCell.Begin(ref Unsafe.Add(ref c1, 48)));
        var (s20, s21, s22, s23) = (TCell.Begin(ref c2), TCell.Begin(ref Unsafe.Add(ref c2, 16)), TCell.Begin(ref Unsafe.Add(ref c2, 32)), TCell.Begin(ref Unsafe.Add(ref c2, 48)));
        var (s30, s31, s32, s33) = (TCell.Begin(ref c3), TCell.Begin(ref Unsafe.Add(ref c3, 16)), TCell.Begin(ref Unsafe.Add(ref c3, 32)), TCell.Begin(ref Unsafe.Add(ref c3, 48)));
        nuint left = 0;
        ref var line = ref b;
        for (nuint i = 0; i < inner; i++)
        {
            var (b0, b1, b2, b3) = (Vector512.LoadUnsafe(ref line), Vector512.LoadUnsafe(ref line, 16), Vector512.LoadUnsafe(ref line, 32), Vector512.LoadUnsafe(ref line, 48));
            var x = Vector512.Create(Unsafe.Add(ref a0, left));
            s00 = Vector512.FusedMultiplyAdd(x, b0, s00);
            s01 = Vector512.FusedMultiplyAdd(x, b1, s01);
            s02 = Vector512.FusedMultiplyAdd(x, b2, s02);
            s03 = Vector512.FusedMultiplyAdd(x, b3, s03);
            x = Vector512.Create(Unsafe.Add(ref a1, left));
            s10 = Vector512.FusedMultiplyAdd(x, b0, s10);
            s11 = Vector512.FusedMultiplyAdd(x, b1, s11);
            s12 = Vector512.FusedMultiplyAdd(x, b2, s12);
            s13 = Vector512.FusedMultiplyAdd(x, b3, s13);
            x = Vector512.Create(Unsafe.Add(ref a2, left));
            s20 = Vector512.FusedMultiplyAdd(x, b0, s20);
            s21 = Vector512.FusedMultiplyAdd(x, b1, s21);
            s22 = Vector512.FusedMultiplyAdd(x, b2, s22);
            s23 = Vector512.FusedMultiplyAdd(x, b3, s23);
            x = Vector512.Create(Unsafe.Add(ref a3, left));
            s30 = Vector512.FusedMultiplyAdd(x, b0, s30);
            s31 = Vector512.FusedMultiplyAdd(x, b1, s31);
            s32 = Vector512.FusedMultiplyAdd(x, b2, s32);
            s33 = Vector512.FusedMultiplyAdd(x, b3, s33);
            left += leftStep;
            line = ref Unsafe.Add(ref line, stride);
        }

        // A copy: its sum stays in a register.
        var ends = cell;
        ends.End(s00, ref c0);
        ends.End(s01, ref Unsafe.Add(ref c0, 16));
        ends.End(s02, ref Unsafe.Add(ref c0, 32));
        ends.End(s03, ref Unsafe.Add(ref c0, 48));
        ends.End(s10, ref c1);
        ends.End(s11, ref Unsafe.Add(ref c1, 16));
        ends.End(s12, ref Unsafe.Add(ref c1, 32));
        ends.End(s13, ref Unsafe.Add(ref c1, 48));
        ends.End(s20, ref c2);
        ends.End(s21, ref Unsafe.Add(ref c2, 16));
        ends.End(s22, ref Unsafe.Add(ref c2, 32));
        ends.End(s23, ref Unsafe.Add(ref c2, 48));
        ends.End(s30, ref c3);
        ends.End(s31, ref Unsafe.Add(ref c3, 16));
        ends.End(s32, ref Unsafe.Add(ref c3, 32));
        ends.End(s33, ref Unsafe.Add(ref c3, 48));
        cell = ends;
    }

    /// <summary>One row of the product.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One<TCell>(ref float a, nuint leftStep, nuint inner, ref float b, nuint stride, int width, ref float c, ref TCell cell)
        where TCell : struct, ICell
    {
        for (nuint column = 0; column < (nuint)width; column += 16)
        {
            var sum = TCell.Begin(ref Unsafe.Add(ref c, column));
            nuint left = 0;
            var right = column;
            for (nuint i = 0; i < inner; i++, left += leftStep, right += stride)
            {
                sum = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref a, left)), Vector512.LoadUnsafe(ref b, right), sum);
            }

            cell.End(sum, ref Unsafe.Add(ref c, column));
        }
    }

    /// <summary>What a sum begins with, and where it goes.</summary>
    private interface ICell
    {
        static abstract Vector512<float> Begin(ref float at);

        void End(Vector512<float> sum, ref float at);
    }

    /// <summary>Goes on from what is there.</summary>
    private readonly struct Continued : ICell
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Begin(ref float at) => Vector512.LoadUnsafe(ref at);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void End(Vector512<float> sum, ref float at) => sum.StoreUnsafe(ref at);
    }

    /// <summary>Takes the place of what is there.</summary>
    private readonly struct Fresh : ICell
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Begin(ref float at) => Vector512<float>.Zero;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void End(Vector512<float> sum, ref float at) => sum.StoreUnsafe(ref at);
    }

    /// <summary>Is added to what is there, times a factor.</summary>
    private struct Added(float factor) : ICell
    {
        private readonly Vector512<float> _factor = Vector512.Create(factor);
        private Vector512<float> _squares = Vector512<float>.Zero;

        public readonly float Square => Reduction.Lanes(_squares);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static unsafe Vector512<float> Begin(ref float at)
        {
            if (Sse.IsSupported)
            {
                // It is wanted when the sums are done, and comes meanwhile.
                Sse.Prefetch0(Unsafe.AsPointer(ref at));
            }

            return Vector512<float>.Zero;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void End(Vector512<float> sum, ref float at)
        {
            var change = sum * _factor;
            _squares = Vector512.FusedMultiplyAdd(change, change, _squares);
            (Vector512.LoadUnsafe(ref at) + change).StoreUnsafe(ref at);
        }
    }
}
