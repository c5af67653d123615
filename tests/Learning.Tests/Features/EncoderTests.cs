using LifelongApi.Contracts.Models;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.Populations;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Features;

/// <summary>An encoder with the input population that it fills.</summary>
internal sealed class EncoderRig : IDisposable
{
    private readonly Workbench _bench = new();
    private readonly IFeatureEncoder _encoder;
    private readonly InputPopulation _input;

    public EncoderRig(int units, int maxActive, Func<Workbench, IFeatureEncoder> create)
    {
        _input = new InputPopulation(_bench.Layout, "input", units, hasBias: false, maxActive, dense: false);
        _encoder = create(_bench);
        _bench.Build();
    }

    public bool IsAccepted { get; private set; }

    /// <summary>What the model would see: unit → number.</summary>
    public Dictionary<int, float> See(byte[] payload)
    {
        var step = _bench.Predict();
        IsAccepted = _encoder.Encode(PayloadReader.Read(payload), TestStream.Names, step, _input);
        var rows = _input.Active(step);
        var values = _input.Values(step);
        var seen = new Dictionary<int, float>();
        for (var k = 0; k < rows.Length; k++)
        {
            seen.Add(rows[k], values[k]);
        }

        return seen;
    }

    public void Learn(byte[] payload)
    {
        var reader = PayloadReader.Read(payload);
        Assert.True(_encoder.Encode(reader, TestStream.Names, _bench.Learn(), _input));
        _encoder.Commit(reader, TestStream.Names, _bench.Learn());
    }

    public void Dispose() => _bench.Dispose();
}

public sealed class NamedEncoderTests
{
    private static EncoderRig Rig(Standardisation standardisation, int bits = 6) =>
        new(1 << bits, 16, bench => new NamedEncoder(bench.Layout, bits, 16, standardisation, 0));

    private static byte[] Payload(Action<PayloadBuilder> write)
    {
        var builder = new PayloadBuilder();
        builder.BeginNamed();
        write(builder);
        builder.EndNamed();
        return builder.Written.ToArray();
    }

    [Fact]
    public void A_name_is_seen_only_after_it_was_learned_and_what_is_missing_adds_nothing()
    {
        using var rig = Rig(Standardisation.None);
        var both = Payload(b =>
        {
            b.Named(0, 2.5);
            b.Named(1, true);
        });
        Assert.Empty(rig.See(both));
        rig.Learn(both);
        Assert.Equal([1f, 2.5f], rig.See(both).Values.Order());
        Assert.Equal([2.5f], rig.See(Payload(b => b.Named(0, 2.5))).Values);
        Assert.Equal([-1f], rig.See(Payload(b => b.Named(1, false))).Values);
        Assert.Empty(rig.See(Payload(b => b.Named(2, 4))));
    }

    [Fact]
    public void Every_text_of_a_name_has_a_place_of_its_own()
    {
        using var rig = Rig(Standardisation.PerFeature);
        var red = Payload(b => b.Named(3, "red"u8));
        var blue = Payload(b => b.Named(3, "blue"u8));
        rig.Learn(red);
        rig.Learn(blue);
        Assert.NotEqual(rig.See(red).Keys.Single(), rig.See(blue).Keys.Single());
        Assert.Equal(1f, rig.See(red).Values.Single());
        Assert.Empty(rig.See(Payload(b => b.Named(3, "green"u8))));
    }

    [Fact]
    public void Numbers_are_standardised_by_name_and_one_that_never_varies_is_silent()
    {
        using var rig = Rig(Standardisation.PerFeature);
        for (var n = 0; n < 100; n++)
        {
            rig.Learn(Payload(b =>
            {
                b.Named(0, 100 + (n % 2 == 0 ? 5 : -5));
                b.Named(1, 7);
            }));
        }

        var seen = rig.See(Payload(b =>
        {
            b.Named(0, 110);
            b.Named(1, 7);
        }));
        Assert.Equal(2f, Assert.Single(seen).Value, 0.01f);
    }

    [Fact]
    public void A_number_too_large_is_refused_and_leaves_nothing_of_an_earlier_question_behind()
    {
        using var rig = Rig(Standardisation.None);
        var small = Payload(b => b.Named(0, 2.5));
        rig.Learn(small);
        Assert.Single(rig.See(small));
        Assert.Empty(rig.See(Payload(b => b.Named(0, 1e16))));
        Assert.False(rig.IsAccepted);
        Assert.Empty(rig.See(Payload(b => b.Named(0, double.NaN))));
        Assert.False(rig.IsAccepted);
    }

    [Fact]
    public void Other_forms_unknown_names_and_too_many_features_are_corrupt()
    {
        using var rig = Rig(Standardisation.None);
        var dense = new PayloadBuilder();
        dense.Dense([1f]);
        Assert.Throws<InvalidDataException>(() => rig.See(dense.Written.ToArray()));
        Assert.Throws<InvalidDataException>(() => rig.See(Payload(b => b.Named(TestStream.Names.Length, 1))));
        Assert.Throws<InvalidDataException>(() => rig.See(Payload(b =>
        {
            for (var i = 0; i < 17; i++)
            {
                b.Named(i % 5, 1);
            }
        })));
    }
}

public sealed class VectorEncoderTests
{
    private static byte[] Dense(params float[] x)
    {
        var builder = new PayloadBuilder();
        builder.Dense(x);
        return builder.Written.ToArray();
    }

    private static byte[] Sparse(int[] indices, float[] values)
    {
        var builder = new PayloadBuilder();
        builder.Sparse(indices, values);
        return builder.Written.ToArray();
    }

    [Fact]
    public void Bytes_and_floats_of_the_same_numbers_are_seen_alike_and_zeros_are_silent()
    {
        using var rig = new EncoderRig(3, 3, bench => new VectorEncoder(bench.Layout, 3, 3, Standardisation.None));
        Assert.Equal(new Dictionary<int, float> { [0] = 7f, [2] = 255f }, rig.See(Dense(7f, 0f, 255f)));
        Assert.Equal(new Dictionary<int, float> { [0] = 7f, [2] = 255f }, rig.See(Dense(7f, -0f, 255f)));
        Assert.Equal(new Dictionary<int, float> { [2] = 255f }, rig.See(Sparse([2], [255f])));
    }

    [Fact]
    public void Per_feature_standardisation_uses_each_features_own_moments()
    {
        using var rig = new EncoderRig(2, 2, bench => new VectorEncoder(bench.Layout, 2, 2, Standardisation.PerFeature));
        for (var n = 0; n < 50; n++)
        {
            rig.Learn(Dense(n % 2 == 0 ? 11f : 9f, 3.5f));
        }

        Assert.Equal(3f, Assert.Single(rig.See(Dense(13f, 3.5f))).Value, 0.01f);
    }

    [Fact]
    public void One_scale_over_all_features_keeps_zero_at_zero()
    {
        using var rig = new EncoderRig(4, 4, bench => new VectorEncoder(bench.Layout, 4, 4, Standardisation.Scale));
        rig.Learn(Dense(200f, 0f, 0f, 200f));
        var seen = rig.See(Dense(100f, 0f, 0f, 1e10f));
        Assert.Equal([0, 3], seen.Keys);
        Near.Equal(100 / Math.Sqrt(20000), seen[0]);
        Assert.Equal(32f, seen[3]);
    }

    [Theory]
    [InlineData(Standardisation.None, 17)]
    [InlineData(Standardisation.Scale, 33)]
    [InlineData(Standardisation.PerFeature, 15)]
    [InlineData(Standardisation.PerFeature, 33)]
    public void All_features_by_lines_are_seen_bit_for_bit_as_one_by_one(Standardisation standardisation, int size)
    {
        using var byLines = new EncoderRig(size, size, bench => new VectorEncoder(bench.Layout, size, size, standardisation));
        using var oneByOne = new EncoderRig(size, size, bench => new VectorEncoder(bench.Layout, size, size, standardisation));
        int[] all = [.. Enumerable.Range(0, size)];
        for (var n = 0; n < 40; n++)
        {
            var numbers = Draw.Sparse(size, 5, n, 0.3f);
            numbers[0] = n % 7 == 3 ? 1e9f : numbers[0];
            byLines.Learn(Dense(numbers));
            oneByOne.Learn(Sparse(all, numbers));
            Assert.Equal(oneByOne.See(Sparse(all, numbers)), byLines.See(Dense(numbers)));
        }
    }

    [Theory]
    [InlineData(31)]
    [InlineData(20)]
    public void More_features_than_allowed_are_refused_also_where_they_would_fit_the_padding(int maxActive)
    {
        using var rig = new EncoderRig(64, maxActive, bench => new VectorEncoder(bench.Layout, 64, maxActive, Standardisation.None));
        var most = Enumerable.Range(0, maxActive).ToArray();
        Assert.Equal(maxActive, rig.See(Sparse(most, [.. most.Select(_ => 1f)])).Count);
        int[] more = [.. most, maxActive];
        Assert.Throws<InvalidDataException>(() => rig.See(Sparse(more, [.. more.Select(_ => 1f)])));
    }

    [Fact]
    public void Wrong_sizes_places_and_forms_are_refused()
    {
        using var rig = new EncoderRig(3, 3, bench => new VectorEncoder(bench.Layout, 3, 3, Standardisation.None));
        Assert.Throws<InvalidDataException>(() => rig.See(Dense(1f, 2f)));
        Assert.Throws<InvalidDataException>(() => rig.See(Dense(1f, 2f, 3f, 4f)));
        Assert.Throws<InvalidDataException>(() => rig.See(Sparse([3], [1f])));
        var named = new PayloadBuilder();
        named.BeginNamed();
        named.EndNamed();
        Assert.Throws<InvalidDataException>(() => rig.See(named.Written.ToArray()));
    }

    [Fact]
    public void Numbers_that_the_statistics_cannot_hold_are_refused()
    {
        using var rig = new EncoderRig(2, 2, bench => new VectorEncoder(bench.Layout, 2, 2, Standardisation.PerFeature));
        foreach (var bad in new[] { 1e16f, float.NaN, float.NegativeInfinity })
        {
            rig.See(Dense(1f, bad));
            Assert.False(rig.IsAccepted);
        }
    }
}
