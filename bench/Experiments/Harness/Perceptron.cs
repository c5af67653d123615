using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;

namespace LifelongApi.Experiments.Harness;

/// <summary>Specs of multi-layer perceptrons over 28×28 pixels with backprop: the learners that protection is compared on.</summary>
internal static class Perceptron
{
    /// <summary>A perceptron whose every projection learns through one chain.</summary>
    /// <param name="hidden">Units of each hidden layer.</param>
    /// <param name="chain">Transforms of every projection.</param>
    /// <param name="head">Head; by default softmax over all classes.</param>
    /// <param name="connection">Connection of every projection; by default all to all.</param>
    /// <param name="bias">Scale of the initial weights from the bias.</param>
    public static ModelSpec Of(IReadOnlyList<int> hidden, IReadOnlyList<TransformSpec> chain, HeadSpec? head = null, ConnectionSpec? connection = null, float bias = 0f)
    {
        string[] names = ["input", .. hidden.Select((_, index) => $"hidden{index + 1}"), "output"];
        return new ModelSpec
        {
            Input = new InputSpec { Kind = InputKind.Vector, Size = 784, Standardise = Standardisation.None },
            Target = new TargetSpec { Kind = TargetKind.Label, MaxClasses = 10 },
            Network = new NetworkSpec
            {
                Populations =
                [
                    new PopulationSpec { Name = names[0], Kind = PopulationKind.Input },
                    .. hidden.Select((size, index) => new PopulationSpec { Name = names[index + 1], Kind = PopulationKind.Relu, Size = size }),
                    new PopulationSpec { Name = names[^1], Kind = PopulationKind.Identity },
                ],
                Projections =
                [
                    .. Enumerable.Range(0, hidden.Count + 1).Select(index => new ProjectionSpec
                    {
                        Name = $"{names[index]}-{names[index + 1]}",
                        From = names[index],
                        To = names[index + 1],
                        Connection = connection ?? new DenseConnectionSpec(),
                        Initial = new GaussianWeightsSpec { Scale = connection is BinaryConnectionSpec ? 0.1f : index == hidden.Count ? 1f : MathF.Sqrt(2f), BiasScale = bias },
                        Rule = new CreditRuleSpec(),
                        Transforms = chain,
                    }),
                ],
                Credit = new BackpropCreditSpec(),
                Head = head ?? new SoftmaxHeadSpec(),
                Maintenance = [new ConsolidationSpec { MinimumEvents = 1 }],
            },
        };
    }

    /// <summary>The same with another step size, another strength of what protects, or other hidden layers: how settings are tried on validation data.</summary>
    public static ModelSpec Varied(ModelSpec spec, float? rate, float? strength, int? units = null) => spec with
    {
        Network = spec.Network with
        {
            Populations = [.. spec.Network.Populations.Select(population => population.Size is null || units is null ? population : population with { Size = units })],
            Projections = [.. spec.Network.Projections.Select(projection => projection with { Transforms = [.. projection.Transforms.Select(transform => Varied(transform, rate, strength))] })],
            Head = spec.Network.Head is SoftmaxHeadSpec { Distillation: { } distillation } softmax && strength is { } weight
                ? softmax with { Distillation = distillation with { Strength = weight } }
                : spec.Network.Head,
        },
    };

    private static TransformSpec Varied(TransformSpec transform, float? rate, float? strength) => transform switch
    {
        LearningRateSpec step when rate is { } value => step with { Rate = value },
        AdamSpec adam when rate is { } value => adam with { Rate = value },
        ElasticAnchorSpec anchor when strength is { } value => anchor with { Strength = value },
        MetaplasticSpec metaplastic when strength is { } value => metaplastic with { Strength = value },
        _ => transform,
    };
}
