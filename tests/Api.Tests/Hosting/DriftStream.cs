using System.Globalization;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using static LifelongApi.Api.Tests.Hosting.House;

namespace LifelongApi.Api.Tests.Hosting;

/// <summary>A stream whose labels turn round every 100 events, and a small model that notices.</summary>
internal static class DriftStream
{
    public const string Modulator = "noradrenaline";

    public static CreateModelRequest Request(bool boundary = true, string? follow = null) => new()
    {
        Input = follow is null ? new InputSpec { Kind = InputKind.Vector, Size = 2, Standardise = Standardisation.None } : null,
        Target = new TargetSpec { Kind = TargetKind.Label, MaxClasses = 4 },
        Follow = follow,
        Network = new NetworkSpec
        {
            Populations =
            [
                new PopulationSpec { Name = "input", Kind = PopulationKind.Input },
                new PopulationSpec { Name = "output", Kind = PopulationKind.Identity },
            ],
            Projections =
            [
                new ProjectionSpec
                {
                    Name = "readout",
                    From = "input",
                    To = "output",
                    Rule = new CreditRuleSpec(),
                    Transforms =
                    [
                        new ObserveFisherSpec(),
                        new LearningRateSpec { Rate = 0.3f },
                        new ModulateBySpec { Modulator = Modulator, Floor = 1f, Gain = 2f },
                        new ElasticAnchorSpec { Strength = 0.01f, Decay = 0.5f },
                    ],
                },
            ],
            Modulators = [new PageHinkleySpec { Name = Modulator, Signal = DriftSignal.Error, Threshold = 4f, TimeConstant = 10f, Boundary = boundary }],
            Head = new SoftmaxHeadSpec(),
            Maintenance = [new ConsolidationSpec { MinimumEvents = 10 }],
        },
    };

    public static List<Api.Hosting.LearnInput> Rows(int count, string? task = null) =>
        [.. Enumerable.Range(0, count).Select(i => Row(MathF.Sin(i), MathF.Cos(i * 1.7f), (MathF.Sin(i) > 0) == ((i / 100) % 2 == 0) ? "up" : "down", string.Create(CultureInfo.InvariantCulture, $"row-{i}"), task))];
}
