using LifelongApi.Learning.Numerics;

namespace LifelongApi.Learning.Modulators;

/// <summary>
/// The exponential histogram of ADWIN2 (Bifet and Gavaldà 2007, section 4) in a flat state: row r holds at most 5 buckets of 2^r numbers, oldest first, each with total and sum of
/// squared deviations; a sixth merges the two oldest into the next row. A window that has outgrown its last row loses its oldest bucket, so the state is bounded.
/// </summary>
internal readonly ref struct AdaptiveWindow
{
    private const int MostBuckets = 5;
    private const int RowStride = 1 + (2 * (MostBuckets + 1));
    private const int Header = 4;
    private const int CountAt = 0;
    private const int TotalAt = 1;
    private const int SquaresAt = 2;
    private const int RowsAt = 3;
    private const double SmallestPart = 5;
    private readonly Span<double> _state;
    private readonly int _rows;

    /// <summary>Looks at a state.</summary>
    /// <param name="state">Count, total, squares, rows in use; then per row the number of buckets and (total, squares) of each. All 0 at first.</param>
    /// <param name="rows">Rows there is room for.</param>
    public AdaptiveWindow(Span<double> state, int rows)
    {
        _state = state;
        _rows = rows;
    }

    /// <summary>Numbers in the window.</summary>
    public double Count => _state[CountAt];

    /// <summary>Mean of the window; 0 while it is empty.</summary>
    public double Mean => Count > 0d ? _state[TotalAt] / Count : 0d;

    /// <summary>Doubles of a state.</summary>
    /// <param name="rows">Its rows.</param>
    /// <returns>Its length.</returns>
    public static int LengthOf(int rows) => Header + (rows * RowStride);

    /// <summary>Takes a number in.</summary>
    /// <param name="value">The number.</param>
    public void Add(double value)
    {
        var deviation = value - Mean;
        _state[SquaresAt] += _state[CountAt] * deviation * deviation / (_state[CountAt] + 1d);
        _state[CountAt]++;
        _state[TotalAt] += value;
        _state[RowsAt] = Math.Max(1d, _state[RowsAt]);
        Append(0, value, 0d);
        for (var row = 0; row < (int)_state[RowsAt] && Buckets(row) > MostBuckets; row++)
        {
            if (row + 1 == _rows)
            {
                DropOldest();
                break;
            }

            _state[RowsAt] = Math.Max(_state[RowsAt], row + 2);
            var first = Bucket(row, 0);
            var second = Bucket(row, 1);
            var size = Size(row);
            var apart = (first[0] - second[0]) / size;
            Append(row + 1, first[0] + second[0], first[1] + second[1] + (size * apart * apart / 2d));
            Remove(row, 2);
        }
    }

    /// <summary>Drops the oldest buckets as long as two parts of the window differ.</summary>
    /// <param name="delta">δ of the test.</param>
    /// <returns>Whether anything was dropped.</returns>
    public bool Shrink(double delta)
    {
        var shrunk = false;
        while (HasCut(delta))
        {
            DropOldest();
            shrunk = true;
        }

        return shrunk;
    }

    private bool HasCut(double delta)
    {
        // ln(2 ln|W| / δ) from 32-bit logarithms: seven digits of a bound are enough, and the same on every machine.
        var confidence = (double)Elementary.Log((float)(2d * Elementary.Log((float)Count) / delta));
        var variance = Math.Max(0d, _state[SquaresAt]) / Count;
        var (count, total) = (0d, 0d);
        for (var row = (int)_state[RowsAt] - 1; row >= 0; row--)
        {
            for (var k = 0; k < Buckets(row); k++)
            {
                count += Size(row);
                total += Bucket(row, k)[0];
                var rest = Count - count;
                if (count < SmallestPart || rest < SmallestPart)
                {
                    continue;
                }

                var reciprocal = (1d / (count - SmallestPart + 1d)) + (1d / (rest - SmallestPart + 1d));
                var bound = Math.Sqrt(2d * reciprocal * variance * confidence) + (2d / 3d * confidence * reciprocal);
                if (Math.Abs((total / count) - ((_state[TotalAt] - total) / rest)) > bound)
                {
                    return true;
                }
            }
        }

        return false;
    }

    private void DropOldest()
    {
        var row = (int)_state[RowsAt] - 1;
        var size = Size(row);
        var bucket = Bucket(row, 0);
        _state[CountAt] -= size;
        _state[TotalAt] -= bucket[0];
        var apart = (bucket[0] / size) - Mean;
        _state[SquaresAt] = Math.Max(0d, _state[SquaresAt] - bucket[1] - (size * Count * apart * apart / (size + Count)));
        Remove(row, 1);
        while (_state[RowsAt] > 1d && Buckets((int)_state[RowsAt] - 1) == 0)
        {
            _state[RowsAt]--;
        }
    }

    private static double Size(int row) => 1L << row;

    private int Buckets(int row) => (int)_state[Header + (row * RowStride)];

    private Span<double> Bucket(int row, int index) => _state.Slice(Header + (row * RowStride) + 1 + (2 * index), 2);

    private void Append(int row, double total, double squares)
    {
        var bucket = Bucket(row, Buckets(row));
        (bucket[0], bucket[1]) = (total, squares);
        _state[Header + (row * RowStride)]++;
    }

    private void Remove(int row, int count)
    {
        var buckets = _state.Slice(Header + (row * RowStride) + 1, RowStride - 1);
        buckets[(2 * count)..].CopyTo(buckets);
        buckets[^(2 * count)..].Clear();
        _state[Header + (row * RowStride)] -= count;
    }
}
