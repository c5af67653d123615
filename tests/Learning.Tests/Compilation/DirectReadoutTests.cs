using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.State;
using LifelongApi.Learning.Tests.Conformance;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Compilation;

/// <summary>Readouts of the input itself beside the same with a population that nobody hears, which makes every part work on its own.</summary>
public class DirectReadoutTests
{
    private const int Events = 400;

    public static TheoryData<int, Standardisation> Vectors => new(
        from size in new[] { 1, 8, 15, 16, 17, 33, 300 }
        from standardise in new[] { Standardisation.None, Standardisation.PerFeature, Standardisation.Scale }
        select (size, standardise));

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Of_a_vector_it_is_bit_for_bit_its_parts(int size, Standardisation standardise) =>
        AssertSame(new InputSpec { Kind = InputKind.Vector, Size = size, Standardise = standardise }, 5, [new LearningRateSpec { Rate = 0.1f, HalfLife = 100f }]);

    [Theory]
    [InlineData(Standardisation.None)]
    [InlineData(Standardisation.Scale)]
    public void Of_sparse_input_it_is_bit_for_bit_its_parts(Standardisation standardise) =>
        AssertSame(new InputSpec { Kind = InputKind.Sparse, Size = 5000, MaxActive = 20, Standardise = standardise }, 3, [new AdaGradSpec { Rate = 0.1f }]);

    [Theory]
    [InlineData(Standardisation.None)]
    [InlineData(Standardisation.PerFeature)]
    public void Of_named_features_it_is_bit_for_bit_its_parts(Standardisation standardise) =>
        AssertSame(new InputSpec { Kind = InputKind.Named, HashBits = 12, MaxActive = 20, Standardise = standardise }, 4, [new AdamSpec { Rate = 0.02f }]);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(16)]
    [InlineData(40)]
    public void Over_so_many_classes_it_is_bit_for_bit_its_parts(int classes) =>
        AssertSame(new InputSpec { Kind = InputKind.Vector, Size = 9, Standardise = Standardisation.PerFeature }, classes, [new LearningRateSpec { Rate = 0.2f }]);

    [Fact]
    public void With_a_chain_of_parts_it_is_bit_for_bit_its_parts() => AssertSame(
        new InputSpec { Kind = InputKind.Vector, Size = 20, Standardise = Standardisation.PerFeature },
        6,
        [new LearningRateSpec { Rate = 0.1f }, new ModulateBySpec { Modulator = "ach", Floor = 0.5f, Gain = 0.3f }, new MetaplasticSpec { Strength = 0.5f }]);

    private static void AssertSame(InputSpec input, int classes, TransformSpec[] transforms)
    {
        using var one = Model.Create(Spec(input, classes, transforms, isInParts: false));
        using var other = Model.Create(Spec(input, classes, transforms, isInParts: true));
        var (first, second) = (new Outcome(), new Outcome());
        var learned = 0;
        for (var n = 0; n < Events; n++)
        {
            var next = n % 5 == 4 && classes >= 5 ? HostileStream.At(one.Spec, n) : TestStream.At(one.Spec, 3, n, classes: classes);
            one.Apply(new EventInput { Kind = next.Kind, Sequence = n + 1, Weight = next.Weight, Payload = next.Payload, NameHashes = TestStream.Names }, first);
            other.Apply(new EventInput { Kind = next.Kind, Sequence = n + 1, Weight = next.Weight, Payload = next.Payload, NameHashes = TestStream.Names }, second);
            Assert.Equal(Told(second), Told(first));
            learned += first.Status == Contracts.Learning.LearnStatus.Learned ? 1 : 0;
        }

        // Beyond sixteen classes a row is more than one line.
        Assert.Equal(classes <= 16, one.Learner.IsDirect);
        Assert.False(other.Learner.IsDirect);
        Assert.InRange(learned, Events / 2, Events);
        AssertSameState(other, one);
    }

    /// <summary>Everything an outcome says, with floats as their bits.</summary>
    private static string Told(Outcome outcome) => string.Join(
        ' ',
        outcome.Status,
        outcome.Reason,
        outcome.IsScored,
        Bits(outcome.Loss),
        outcome.Prediction.Label,
        outcome.Prediction.Context,
        outcome.Prediction.KnowsEntity,
        Bits(outcome.Prediction.Scores.AsSpan(0, outcome.Prediction.Count)),
        outcome.IsAbstained,
        Bits(outcome.Balance),
        outcome.TargetLabel,
        Bits(outcome.Plasticity),
        Bits(outcome.Protection),
        Bits(outcome.Modulators),
        outcome.HasDrift,
        string.Join(',', outcome.Drift),
        outcome.Consolidated);

    private static string Bits(params ReadOnlySpan<float> numbers)
    {
        var bits = new int[numbers.Length];
        for (var i = 0; i < bits.Length; i++)
        {
            bits[i] = BitConverter.SingleToInt32Bits(numbers[i]);
        }

        return string.Join(',', bits);
    }

    private static void AssertSameState(Model expected, Model actual)
    {
        var (all, own) = (expected.Learner.Layout, actual.Learner.Layout);
        var theirs = all.Slots.ToDictionary(slot => slot.Name);
        var (bytes, others) = (actual.Capture().Bytes.ToArray(), expected.Capture().Bytes.ToArray());
        foreach (var slot in own.Slots.Where(slot => slot.Slot.Region <= Region.Plastic))
        {
            Assert.Equal(Part(others, all, theirs[slot.Name].Slot), Part(bytes, own, slot.Slot));
        }
    }

    private static byte[] Part(byte[] state, Layout layout, Slot slot)
    {
        var start = slot.Offset + (slot.Region == Region.Plastic ? layout.LengthOf(Region.Read) : 0);
        return state.AsSpan(start * sizeof(float), slot.Length * sizeof(float)).ToArray();
    }

    private static ModelSpec Spec(InputSpec input, int classes, TransformSpec[] transforms, bool isInParts) => new()
    {
        Input = input,
        Target = new TargetSpec { Kind = TargetKind.Label, MaxClasses = classes <= 16 ? 16 : 64 },
        AbstainBelow = 0.6f,
        Network = new NetworkSpec
        {
            Populations =
            [
                new PopulationSpec { Name = "input", Kind = PopulationKind.Input },
                .. isInParts ? new[] { new PopulationSpec { Name = "unheard", Kind = PopulationKind.Identity, Size = 1 } } : [],
                new PopulationSpec { Name = "output", Kind = PopulationKind.Identity },
            ],
            Projections =
            [
                .. isInParts ? new[] { new ProjectionSpec { Name = "unheard", From = "input", To = "unheard", Initial = new ZeroWeightsSpec() } } : [],
                new ProjectionSpec { Name = "readout", From = "input", To = "output", Rule = new CreditRuleSpec(), Transforms = transforms },
            ],
            Credit = new NoCreditSpec(),
            Modulators = [new ExpectedUncertaintySpec { Name = "ach" }, new PageHinkleySpec { Name = "drift", Threshold = 2f }],
            Head = new SoftmaxHeadSpec(),
        },
    };
}
