using System.Text;
using CsCheck;
using LifelongApi.Learning.Features;

namespace LifelongApi.Learning.Tests.Features;

public sealed class PayloadTests
{
    private static readonly float[] Edges = [0f, -0f, 255f, 256f, -1f, 0.5f, float.Epsilon, float.MaxValue, float.MinValue];
    private static readonly Gen<float> Number = Gen.OneOf(Gen.Float[-1e30f, 1e30f], Gen.Int[0, 255].Select(i => (float)i), Gen.Int[0, 8].Select(i => Edges[i]));
    private static readonly Gen<float[]> Bytes = Gen.Int[0, 255].Select(i => (float)i).Array[0, 40];

    [Fact]
    public void Dense_numbers_come_back_bit_for_bit() =>
        Gen.OneOf(Number.Array[0, 40], Bytes).Sample(values =>
        {
            var builder = new PayloadBuilder();
            builder.Dense(values);
            var payload = PayloadReader.Read(builder.Written.Span);
            Assert.Equal(values.Length, payload.FeatureCount);
            var cursor = new PayloadCursor(payload.FeatureBytes);
            foreach (var value in values)
            {
                var back = payload.Features == FeatureTag.DenseBytes ? cursor.Byte() : cursor.ReadSingle();
                Assert.Equal(BitConverter.SingleToInt32Bits(value), BitConverter.SingleToInt32Bits(back));
            }

            Assert.True(cursor.IsAtEnd);
            Assert.Null(payload.Target);
            Assert.Null(payload.Reward);
        });

    [Fact]
    public void Whole_numbers_up_to_255_are_kept_as_bytes_but_minus_zero_is_not()
    {
        Assert.Equal(FeatureTag.DenseBytes, TagOf(0f, 255f, 7f));
        Assert.Equal(FeatureTag.DenseFloats, TagOf(0f, -0f));
        Assert.Equal(FeatureTag.DenseFloats, TagOf(256f));
        Assert.Equal(FeatureTag.DenseFloats, TagOf(0.5f));
        Assert.Equal(FeatureTag.DenseFloats, TagOf(-1f));
    }

    [Fact]
    public void A_count_is_what_its_bytes_say_one_by_one_wherever_they_end() =>
        Gen.Select(Gen.Byte.Array[1, 6], Gen.Int[0, 8]).Sample((bytes, more) =>
        {
            // Continued or not at random, with other bytes or the end of the payload behind them.
            byte[] payload = [.. bytes, .. Enumerable.Repeat((byte)0x91, more)];
            var (expected, length) = Varint(payload);
            var cursor = new PayloadCursor(payload);
            var read = -1;
            try
            {
                read = cursor.Count();
            }
            catch (InvalidDataException)
            {
            }

            Assert.Equal(expected, read);
            Assert.True(expected < 0 || cursor.Offset == length);
        });

    [Fact]
    public void Sparse_numbers_targets_and_rewards_come_back() =>
        Gen.Select(Gen.Select(Gen.Int[0, int.MaxValue], Number).Array[0, 20], Gen.Double[-1e300, 1e300].Array[0, 5], Gen.Double[-10, 10].Nullable()).Sample((features, targets, reward) =>
        {
            var builder = new PayloadBuilder();
            builder.Sparse([.. features.Select(f => f.Item1)], [.. features.Select(f => f.Item2)]);
            builder.Target(targets);
            if (reward is { } value)
            {
                builder.Reward(value);
            }

            var payload = PayloadReader.Read(builder.Written.Span);
            Assert.Equal((FeatureTag.Sparse, features.Length), (payload.Features, payload.FeatureCount));
            var cursor = new PayloadCursor(payload.FeatureBytes);
            foreach (var (index, number) in features)
            {
                Assert.Equal(index, cursor.Count());
                Assert.Equal(BitConverter.SingleToInt32Bits(number), BitConverter.SingleToInt32Bits(cursor.ReadSingle()));
            }

            Assert.Equal(TargetTag.Values, payload.Target);
            Assert.Equal(targets.Length, payload.TargetCount);
            for (var i = 0; i < targets.Length; i++)
            {
                Assert.Equal(targets[i], payload.TargetValue(i));
            }

            Assert.Equal(reward, payload.Reward);
        });

    [Fact]
    public void Named_values_and_labels_come_back() =>
        Gen.Select(Gen.Select(Gen.Int[0, 100_000], Gen.Int[0, 2], Gen.Double, Gen.String[0, 30]).Array[0, 12], Gen.String[1, 30]).Sample((features, label) =>
        {
            var builder = new PayloadBuilder();
            builder.BeginNamed();
            foreach (var (id, kind, number, text) in features)
            {
                if (kind == 0)
                {
                    builder.Named(id, number);
                }
                else if (kind == 1)
                {
                    builder.Named(id, Encoding.UTF8.GetBytes(text));
                }
                else
                {
                    builder.Named(id, number > 0);
                }
            }

            builder.EndNamed();
            builder.Label(Encoding.UTF8.GetBytes(label));
            var payload = PayloadReader.Read(builder.Written.Span);
            Assert.Equal(features.Length, payload.FeatureCount);
            Assert.Equal(Encoding.UTF8.GetBytes(label), payload.Label.ToArray());
            var cursor = new PayloadCursor(payload.FeatureBytes);
            foreach (var (id, kind, number, text) in features)
            {
                Assert.Equal(id, cursor.Count());
                var tag = (NamedTag)cursor.Byte();
                Assert.Equal(kind == 0 ? NamedTag.Number : kind == 1 ? NamedTag.Text : number > 0 ? NamedTag.True : NamedTag.False, tag);
                if (tag == NamedTag.Number)
                {
                    Assert.Equal(BitConverter.DoubleToInt64Bits(number), BitConverter.DoubleToInt64Bits(cursor.ReadDouble()));
                }
                else if (tag == NamedTag.Text)
                {
                    Assert.Equal(Encoding.UTF8.GetBytes(text), cursor.Bytes(cursor.Count()).ToArray());
                }
            }
        });

    [Fact]
    public void A_builder_is_reusable_and_keeps_its_order()
    {
        var builder = new PayloadBuilder();
        Assert.Throws<InvalidOperationException>(() => builder.Label("a"u8));
        builder.Dense([1f]);
        Assert.Throws<InvalidOperationException>(() => builder.Dense([1f]));
        builder.Reward(1);
        Assert.Throws<InvalidOperationException>(() => builder.Label("a"u8));
        builder.Clear();
        Assert.Throws<InvalidOperationException>(() => builder.Named(1, true));
        builder.Sparse([3], [2f]);
        builder.Label("a"u8);
        Assert.Equal("a"u8.ToArray(), PayloadReader.Read(builder.Written.Span).Label.ToArray());
    }

    [Fact]
    public void Every_truncation_is_refused_or_a_shorter_payload_but_never_read_beyond_its_end()
    {
        foreach (var whole in Samples())
        {
            for (var length = 0; length < whole.Length; length++)
            {
                AssertReadsWithin(whole.AsSpan(0, length));
            }
        }
    }

    [Fact]
    public void Flipped_bits_are_refused_as_corrupt_or_read_within_bounds() =>
        Gen.Select(Gen.Int[0, 3].Select(i => Samples().ElementAt(i)), Gen.Int[0, 10_000].Array[1, 6]).Sample((sample, flips) =>
        {
            var bytes = sample.ToArray();
            foreach (var flip in flips)
            {
                var bit = flip % (bytes.Length * 8);
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            }

            AssertReadsWithin(bytes);
        });

    [Fact]
    public void A_count_whose_bytes_would_overflow_is_corrupt()
    {
        byte[] dense = [1, (byte)FeatureTag.DenseFloats, 0xFF, 0xFF, 0xFF, 0xFF, 0x07];
        Assert.Throws<InvalidDataException>(() => PayloadReader.Read(dense));
        byte[] targets = [1, (byte)FeatureTag.DenseBytes, 0, (byte)TargetTag.Values, 0xFF, 0xFF, 0xFF, 0xFF, 0x07];
        Assert.Throws<InvalidDataException>(() => PayloadReader.Read(targets));
        byte[] endless = [1, (byte)FeatureTag.DenseBytes, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80];
        Assert.Throws<InvalidDataException>(() => PayloadReader.Read(endless));
        byte[] negative = [1, (byte)FeatureTag.DenseBytes, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F];
        Assert.Throws<InvalidDataException>(() => PayloadReader.Read(negative));
    }

    private static (int Value, int Length) Varint(ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        for (var i = 0; i < Math.Min(5, bytes.Length); i++)
        {
            value |= (ulong)(bytes[i] & 0x7F) << (7 * i);
            if (bytes[i] < 0x80)
            {
                return (uint)value <= int.MaxValue ? ((int)(uint)value, i + 1) : (-1, 0);
            }
        }

        return (-1, 0);
    }

    private static FeatureTag TagOf(params float[] values)
    {
        var builder = new PayloadBuilder();
        builder.Dense(values);
        return PayloadReader.Read(builder.Written.Span).Features;
    }

    private static IEnumerable<byte[]> Samples()
    {
        var builder = new PayloadBuilder();
        builder.Dense([0.5f, 1f, -2f]);
        builder.Label("label"u8);
        builder.Reward(0.5);
        yield return builder.Written.ToArray();
        builder.Clear();
        builder.Dense([3f, 4f, 5f]);
        builder.Target([1, 2]);
        yield return builder.Written.ToArray();
        builder.Clear();
        builder.Sparse([1, 300, 70_000], [1f, 2f, 3f]);
        builder.Label("x"u8);
        yield return builder.Written.ToArray();
        builder.Clear();
        builder.BeginNamed();
        builder.Named(0, 1.5);
        builder.Named(200, "text"u8);
        builder.Named(1, true);
        builder.EndNamed();
        builder.Target([7]);
        yield return builder.Written.ToArray();
    }

    /// <summary>Either the payload is refused with the one exception for corrupt data, or all that it shows lies within it.</summary>
    private static void AssertReadsWithin(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var payload = PayloadReader.Read(bytes);
            Assert.True(payload.FeatureBytes.Length <= bytes.Length);
            Assert.True(payload.Label.Length <= bytes.Length);
            for (var i = 0; i < payload.TargetCount; i++)
            {
                _ = payload.TargetValue(i);
            }
        }
        catch (InvalidDataException refused)
        {
            Assert.NotEmpty(refused.Message);
        }
    }
}
