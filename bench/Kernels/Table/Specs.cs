using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Experiments.Harness;
using LifelongApi.Learning;
using LifelongApi.Learning.State;

namespace LifelongApi.Kernels.Table;

/// <summary>The learners of the table, as a user would write them.</summary>
internal static class Specs
{
    public const float Rate = 0.005f;
    public const float Strength = 0.1f;
    public const int Hidden = 256;
    public const int Batch = 32;

    /// <summary>784-256-10 by backprop and plain gradient steps.</summary>
    public static ModelSpec Network { get; } = Perceptron.Of([Hidden], [new LearningRateSpec { Rate = Rate }]);

    /// <summary>The same, exact, with changes of the first weights waiting for each other.</summary>
    public static ModelSpec Pending { get; } = First(new CreditRuleSpec { Pending = 16 });

    /// <summary>The same in mini-batches.</summary>
    public static ModelSpec Batched { get; } = Network with
    {
        Network = Network.Network with { Projections = [.. Network.Network.Projections.Select(projection => projection with { Rule = new CreditRuleSpec { Batch = Batch } })] },
    };

    /// <summary>The same with online elastic weight consolidation: squares of the gradient summed and every weight in use pulled to its anchor at each event.</summary>
    public static ModelSpec Elastic { get; } = Perceptron.Of([Hidden], [new ObserveFisherSpec(), new LearningRateSpec { Rate = Rate }, new ElasticAnchorSpec { Strength = Strength }]);

    /// <summary>The same with an importance over one event in eight and the pulls of sixteen events at once, as the experiment <c>ewc</c> has it.</summary>
    public static ModelSpec ElasticSampled { get; } = Perceptron.Of(
        [Hidden],
        [new ObserveFisherSpec { Labels = FisherLabels.Expected, Interval = 8 }, new LearningRateSpec { Rate = Rate }, new ElasticAnchorSpec { Strength = Strength, Interval = 16 }]);

    private static ModelSpec First(RuleSpec rule) => Network with
    {
        Network = Network.Network with { Projections = [Network.Network.Projections[0] with { Rule = rule }, .. Network.Network.Projections.Skip(1)] },
    };

    /// <summary>A softmax readout of the input itself.</summary>
    public static ModelSpec Linear(InputSpec input, int classes, RuleSpec? rule = null, HeadSpec? head = null, params TransformSpec[] transforms) => new()
    {
        Input = input,
        Target = new TargetSpec { Kind = TargetKind.Label, MaxClasses = classes },
        Network = new NetworkSpec
        {
            Populations = [new PopulationSpec { Name = "input", Kind = PopulationKind.Input }, new PopulationSpec { Name = "output", Kind = PopulationKind.Identity }],
            Projections = [new ProjectionSpec { Name = "readout", From = "input", To = "output", Rule = rule ?? new CreditRuleSpec(), Transforms = transforms }],
            Credit = new NoCreditSpec(),
            Head = head ?? new SoftmaxHeadSpec(),
        },
    };

    public static InputSpec Vector(int size, Standardisation standardise = Standardisation.None) => new() { Kind = InputKind.Vector, Size = size, Standardise = standardise };

    /// <summary>The weights of a projection in whole rows without padding.</summary>
    public static float[] Weights(Model model, string projection)
    {
        var layout = model.Learner.Layout;
        var info = layout.Slots.Single(slot => slot.Name == $"{projection}.weights");
        var read = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(model.Capture().Bytes.Span);
        var weights = new float[info.Rows * info.Columns];
        for (var row = 0; row < info.Rows; row++)
        {
            read.Slice(info.Slot.Offset + (row * info.Stride), info.Columns).CopyTo(weights.AsSpan(row * info.Columns));
        }

        return info.Slot.Region == Region.Read ? weights : throw new InvalidOperationException("Weights lie in the Read arena.");
    }
}
