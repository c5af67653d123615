using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Rules;

/// <summary>Chains that run in one pass beside the same chain with a transform that changes nothing, which makes it run part by part.</summary>
public class FusedChainTests
{
    private static readonly ClipSpec Nothing = new() { Limit = 1e9f };
    private static readonly ModulateBySpec Modulated = new() { Modulator = "ach", Floor = 0.5f, Gain = 0.3f };

    public static TheoryData<int> Sizes => [1, 15, 16, 17, 33];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Credit_with_an_elastic_anchor_is_bit_for_bit_its_parts(int inputs) => AssertSame(
        inputs,
        new CreditRuleSpec(),
        [new ObserveFisherSpec(), new LearningRateSpec { Rate = 0.1f }, new ElasticAnchorSpec { Strength = 0.3f }],
        [new ObserveFisherSpec(), new LearningRateSpec { Rate = 0.1f }, Nothing, new ElasticAnchorSpec { Strength = 0.3f }]);

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Credit_with_an_anchor_on_what_is_proposed_is_bit_for_bit_its_parts(int inputs) => AssertSame(
        inputs,
        new CreditRuleSpec(),
        [new ObserveFisherSpec { Interval = 3, HalfLife = 20f }, new LearningRateSpec { Rate = 0.1f, HalfLife = 50f }, new ElasticAnchorSpec { Strength = 0.3f, Scope = AnchorScope.Proposed }],
        [new ObserveFisherSpec { Interval = 3, HalfLife = 20f }, new LearningRateSpec { Rate = 0.1f, HalfLife = 50f }, Nothing, new ElasticAnchorSpec { Strength = 0.3f, Scope = AnchorScope.Proposed }]);

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Credit_with_an_adaptive_rate_is_bit_for_bit_its_parts(int inputs)
    {
        AssertSame(inputs, new CreditRuleSpec(), [new AdaGradSpec { Rate = 0.1f, Decay = 0.99f }], [new AdaGradSpec { Rate = 0.1f, Decay = 0.99f }, Nothing]);
        AssertSame(inputs, new CreditRuleSpec(), [new AdamSpec { Rate = 0.01f }], [new AdamSpec { Rate = 0.01f }, Nothing]);
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void An_adaptive_rate_that_is_modulated_is_bit_for_bit_its_parts(int inputs)
    {
        AssertSame(inputs, new CreditRuleSpec(), [new AdaGradSpec { Rate = 0.1f, Decay = 0.99f }, Modulated], [new AdaGradSpec { Rate = 0.1f, Decay = 0.99f }, Modulated, Nothing]);
        AssertSame(inputs, new CreditRuleSpec(), [new AdamSpec { Rate = 0.01f }, Modulated], [new AdamSpec { Rate = 0.01f }, Modulated, Nothing]);
        AssertSame(inputs, new NormalisedRuleSpec(), [new AdaGradSpec { Rate = 0.1f }, Modulated], [new AdaGradSpec { Rate = 0.1f }, Modulated, Nothing], classes: 3);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(16)]
    public void An_adaptive_rate_over_few_classes_with_room_for_more_is_bit_for_bit_its_parts(int classes) =>
        AssertSame(17, new CreditRuleSpec(), [new AdaGradSpec { Rate = 0.1f, Decay = 0.99f }], [new AdaGradSpec { Rate = 0.1f, Decay = 0.99f }, Nothing], classes: classes, room: 64);

    [Theory]
    [InlineData(3)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(5)]
    public void An_adaptive_rate_over_few_classes_is_bit_for_bit_its_parts(int classes) =>
        AssertSame(17, new CreditRuleSpec(), [new AdaGradSpec { Rate = 0.1f, Decay = 0.99f }], [new AdaGradSpec { Rate = 0.1f, Decay = 0.99f }, Nothing], classes: classes);

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Other_outer_products_with_a_factor_are_bit_for_bit_their_parts(int inputs)
    {
        AssertSame(inputs, new NormalisedRuleSpec(), [new LearningRateSpec { Rate = 0.5f }], [new LearningRateSpec { Rate = 0.5f }, Nothing]);
        AssertSame(inputs, new RecursiveLeastSquaresRuleSpec { Forgetting = 0.95f }, [Modulated], [Modulated, Nothing], new LeastSquaresHeadSpec());
    }

    /// <summary>What one pass says of its size comes from the norms of the factors of the outer product, what the parts say from every change.</summary>
    [Theory]
    [InlineData(1, 20)]
    [InlineData(15, 20)]
    [InlineData(33, 3)]
    [InlineData(33, 256)]
    [InlineData(17, 300)]
    public void Credit_with_a_factor_is_bit_for_bit_its_parts(int inputs, int classes) =>
        AssertSame(inputs, new CreditRuleSpec(), [new LearningRateSpec { Rate = 0.1f }], [new LearningRateSpec { Rate = 0.1f }, Nothing], classes: classes, isNormExact: false);

    private static void AssertSame(int inputs, RuleSpec rule, TransformSpec[] fused, TransformSpec[] parts, HeadSpec? head = null, int classes = 20, int? room = null, bool isNormExact = true)
    {
        using var one = Model.Create(Spec(inputs, rule, fused, head, room ?? classes));
        using var other = Model.Create(Spec(inputs, rule, parts, head, room ?? classes));
        var (first, second) = (new Outcome(), new Outcome());
        for (var n = 0; n < 150; n++)
        {
            var next = TestStream.At(one.Spec, 3, n, classes: classes);
            one.Apply(new EventInput { Kind = next.Kind, Sequence = n + 1, Weight = next.Weight, Payload = next.Payload, NameHashes = TestStream.Names }, first);
            other.Apply(new EventInput { Kind = next.Kind, Sequence = n + 1, Weight = next.Weight, Payload = next.Payload, NameHashes = TestStream.Names }, second);
            Assert.Equal(second.Protection, first.Protection);
            Assert.Equal(second.Plasticity.Length, first.Plasticity.Length);
            for (var i = 0; i < second.Plasticity.Length; i++)
            {
                Assert.InRange(first.Plasticity[i] - second.Plasticity[i], isNormExact ? 0f : -1e-6f * second.Plasticity[i], isNormExact ? 0f : 1e-6f * second.Plasticity[i]);
            }
        }

        Assert.Equal(other.Capture().Bytes.ToArray(), one.Capture().Bytes.ToArray());
    }

    private static ModelSpec Spec(int inputs, RuleSpec rule, TransformSpec[] transforms, HeadSpec? head, int room)
    {
        var spec = TaughtSpecs.Direct(inputs, rule, transforms);
        return spec with
        {
            Target = room != 20 ? spec.Target with { MaxClasses = room } : spec.Target,
            Network = spec.Network with
            {
                Modulators = [new ExpectedUncertaintySpec { Name = "ach" }],
                Head = head ?? spec.Network.Head,
                Maintenance = transforms.Any(transform => transform is ElasticAnchorSpec) ? [new ConsolidationSpec { MinimumEvents = 1 }] : [],
            },
        };
    }
}
