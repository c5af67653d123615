using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Populations;

/// <summary>Which numbers of a dense vector are not zero, in order: what makes projections event-driven.</summary>
internal static class ActiveList
{
    /// <summary>Lists by lines, whole ones at once.</summary>
    /// <param name="dense">Whole lines.</param>
    /// <param name="count">Numbers that count.</param>
    /// <param name="rows">Overwritten with the places of numbers that are not zero; room for count and one more.</param>
    /// <param name="values">Overwritten with those numbers; room for count and one more.</param>
    /// <returns>How many there are.</returns>
    public static int Fill(ReadOnlySpan<float> dense, int count, Span<int> rows, Span<float> values)
    {
        var (listed, unit) = (0, 0);
        for (; unit + LayoutBuilder.Line <= count; unit += LayoutBuilder.Line)
        {
            var line = Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(dense), (nuint)unit);
            var active = ~Vector512.Equals(line, Vector512<float>.Zero).ExtractMostSignificantBits() & 0xFFFF;
            if (active == 0xFFFF)
            {
                line.CopyTo(values[listed..]);
                (Vector512<int>.Indices + Vector512.Create(unit)).CopyTo(rows[listed..]);
                listed += LayoutBuilder.Line;
                continue;
            }

            if (Avx512F.IsSupported)
            {
                var mask = Vector512.Equals(line, Vector512<float>.Zero);
                Avx512F.Compress(Vector512<float>.Zero, ~mask, line).CopyTo(values[listed..]);
                Avx512F.Compress(Vector512<int>.Zero, ~mask.AsInt32(), Vector512<int>.Indices + Vector512.Create(unit)).CopyTo(rows[listed..]);
                listed += BitOperations.PopCount(active);
                continue;
            }

            for (; active != 0; active &= active - 1)
            {
                rows[listed] = unit + BitOperations.TrailingZeroCount(active);
                values[listed] = dense[rows[listed]];
                listed++;
            }
        }

        if (unit < count && listed + LayoutBuilder.Line <= Math.Min(rows.Length, values.Length))
        {
            // The last numbers, where none of them is zero; the lines are padding behind them, and padding is zero.
            var isThere = Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count - unit));
            var line = Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(dense), (nuint)unit) & isThere.AsSingle();
            if ((Vector512.Equals(line, Vector512<float>.Zero).AsInt32() & isThere) == Vector512<int>.Zero)
            {
                line.CopyTo(values[listed..]);
                ((Vector512<int>.Indices + Vector512.Create(unit)) & isThere).CopyTo(rows[listed..]);
                return listed + (count - unit);
            }
        }

        for (; unit < count; unit++)
        {
            // Branch-free: silent units write where the next active one will.
            rows[listed] = unit;
            values[listed] = dense[unit];
            listed += dense[unit] != 0f ? 1 : 0;
        }

        return listed;
    }
}
