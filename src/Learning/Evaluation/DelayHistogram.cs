using System.Numerics;
using LifelongApi.Contracts.Learning;

namespace LifelongApi.Learning.Evaluation;

/// <summary>
/// Counts of delays in buckets of whole microseconds: 16 to each power of two, so a quantile is right within 1/32 of itself (the high dynamic range histogram of
/// Tene 2014; the error bound is that of Masson, Rim and Lee 2019). Whole numbers only: the same on every machine.
/// </summary>
internal sealed class DelayHistogram
{
    private const int FractionBits = 4;
    private const int Fractions = 1 << FractionBits;

    /// <summary>2^50 µs, 35 years: longer ones count as this.</summary>
    private const long Longest = 1L << 50;

    private readonly SortedDictionary<int, long> _buckets = [];
    private Int128 _sum;
    private long _count;
    private long _longest;

    /// <summary>Adds a delay; one below 0 (clocks differ) counts as 0.</summary>
    public void Add(long micros)
    {
        var delay = Math.Clamp(micros, 0, Longest);
        var bucket = Bucket(delay);
        _buckets[bucket] = _buckets.GetValueOrDefault(bucket) + 1;
        _sum += delay;
        _count++;
        _longest = Math.Max(_longest, delay);
    }

    /// <summary>Mean and quantiles in seconds; null without any.</summary>
    public DelaySummary? Summarise() => _count == 0 ? null : new DelaySummary
    {
        Mean = (double)_sum / _count / 1e6,
        P50 = Quantile(50),
        P90 = Quantile(90),
        P99 = Quantile(99),
        Max = _longest / 1e6,
    };

    public void Write(BinaryWriter writer)
    {
        writer.Write(_count);
        writer.Write((long)(_sum >> 64));
        writer.Write((ulong)(_sum & ulong.MaxValue));
        writer.Write(_longest);
        writer.Write(_buckets.Count);
        foreach (var (bucket, count) in _buckets)
        {
            writer.Write((ushort)bucket);
            writer.Write(count);
        }
    }

    public void Read(BinaryReader reader)
    {
        _count = reader.ReadInt64();
        var high = (Int128)reader.ReadInt64() << 64;
        _sum = high | reader.ReadUInt64();
        _longest = reader.ReadInt64();
        for (var count = reader.ReadInt32(); count > 0; count--)
        {
            _buckets[reader.ReadUInt16()] = reader.ReadInt64();
        }
    }

    /// <summary>The middle of the bucket in which the quantile lies, never beyond the longest delay.</summary>
    private double Quantile(int percent)
    {
        var rank = ((_count * percent) + 99) / 100;
        foreach (var (bucket, count) in _buckets)
        {
            rank -= count;
            if (rank <= 0)
            {
                return Math.Min(Middle(bucket), _longest) / 1e6;
            }
        }

        return _longest / 1e6;
    }

    /// <summary>Below 16 a bucket each; above, the exponent and the next four bits.</summary>
    private static int Bucket(long delay)
    {
        if (delay < Fractions)
        {
            return (int)delay;
        }

        var shift = BitOperations.Log2((ulong)delay) - FractionBits;
        return ((shift + 1) << FractionBits) + (int)((delay >> shift) - Fractions);
    }

    private static double Middle(int bucket)
    {
        if (bucket < Fractions)
        {
            return bucket;
        }

        var shift = (bucket >> FractionBits) - 1;
        var low = (long)(Fractions + (bucket & (Fractions - 1))) << shift;
        return low + (((1L << shift) - 1) / 2.0);
    }
}
