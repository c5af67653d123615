using System.Globalization;
using LifelongApi.Api.Hosting;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning;
using LifelongApi.Learning.Recipes;
using static LifelongApi.Api.Tests.Hosting.House;

namespace LifelongApi.Api.Tests.Hosting;

/// <summary>A population that asks for units is given them by an event of the stream, once, at a place that follows from the events alone.</summary>
public sealed class UnitGrowthTests
{
    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task Units_grow_where_a_bare_model_grows_them_and_survive_kill_snapshot_and_restore(string provider)
    {
        var rows = Enumerable.Range(0, 420).Select(Surprising).ToList();
        var (hash, grown) = Bare(rows);
        Assert.True(grown.Count >= 3, "Hardly anything grew.");
        await using var house = await OpenAsync(provider, options => (options.HousekeepingSeconds, options.ReplayBudgetSeconds) = (0.01, 0.001));
        await house.Models.CreateAsync("m", Request(), Token);
        await house.LearnAsync("m", rows.Take(100).ToList());
        await house.StartAfterKillAsync();
        await house.Models.CreateAsync("shadow", Request("m"), Token);

        // Some are sent twice, one by one, then many at once.
        foreach (var row in rows.Skip(90).Take(60))
        {
            await house.LearnAsync("m", row);
        }

        await house.RestartAsync();
        await house.LearnAsync("m", rows.Take(300).ToList());
        var snapshot = await house.Models.CreateSnapshotAsync("m", new(), Token);
        var before = await house.HashAsync("m");
        await house.StartAfterKillAsync();
        await house.LearnAsync("m", rows);

        Assert.Equal(hash, await house.HashAsync("m"));
        Assert.Equal(grown, await GrownAsync(house));
        await house.StartAfterKillAsync();
        Assert.Equal(hash, await house.HashAsync("m"));
        while ((await house.Models.GetAsync("shadow", Token)).Status == ModelStatus.CatchingUp)
        {
            await Task.Yield();
        }

        Assert.Equal(hash, await house.HashAsync("shadow"));

        await house.Models.RestoreAsync("m", snapshot.Version, null, Token);
        Assert.Equal(before, await house.HashAsync("m"));
        await house.LearnAsync("m", rows.Skip(300).ToList());
        Assert.Equal(ModelStatus.Open, (await house.Models.GetAsync("m", Token)).Status);
    }

    private static async Task<List<string>> GrownAsync(House house)
    {
        var items = new List<string>();
        string? page = null;
        do
        {
            var history = await house.Models.ListHistoryAsync("m", false, 100, page, Token);
            items.AddRange(history.Items.Where(item => item.Kind == EventKind.Grew).Select(item => $"{item.Sequence} {item.Payload}"));
            page = history.NextPageToken;
        }
        while (page is not null);
        items.Reverse();
        return items;
    }

    /// <summary>The rule of decision 10, without a host.</summary>
    private static (string Hash, List<string> Grown) Bare(List<LearnInput> rows)
    {
        using var model = Model.Create(Presets.Expand(Request()));
        var outcome = new Outcome();
        var sequence = 0L;
        var grown = new List<string>();
        foreach (var row in rows)
        {
            foreach (var waiting in model.WaitingGrowth.Where(waiting => sequence / 64 > (waiting.Since - 1) / 64))
            {
                var payload = $$"""{"population":"{{waiting.Population}}","units":{{waiting.Units}}}""";
                Fold(EventKind.Grew, System.Text.Encoding.UTF8.GetBytes(payload));
                grown.Add($"{sequence} {payload}");
            }

            Fold(EventKind.Learned, row.Payload);
        }

        return (StateHashText.Of(model.Capture().StateHash()), grown);

        void Fold(EventKind kind, ReadOnlyMemory<byte> payload) => model.Apply(new EventInput { Kind = kind, Sequence = ++sequence, Payload = payload.Span }, outcome);
    }

    /// <summary>Labels that nothing in the features tells.</summary>
    internal static LearnInput Surprising(int i) =>
        Row(MathF.Sin(i), MathF.Cos(i * 1.7f), i * i % 7 % 2 == 0 ? "up" : "down", string.Create(CultureInfo.InvariantCulture, $"row-{i}"));

    internal static CreateModelRequest Request(string? follow = null) => new()
    {
        Input = follow is null ? new InputSpec { Kind = InputKind.Vector, Size = 2, Standardise = Standardisation.None } : null,
        Target = new TargetSpec { Kind = TargetKind.Label, MaxClasses = 4 },
        Follow = follow,
        Network = new NetworkSpec
        {
            Populations =
            [
                new PopulationSpec { Name = "input", Kind = PopulationKind.Input },
                new PopulationSpec { Name = "lower", Kind = PopulationKind.Relu, Size = 4, Bias = false },
                new PopulationSpec { Name = "upper", Kind = PopulationKind.Tanh, Size = 3, Bias = false },
                new PopulationSpec { Name = "output", Kind = PopulationKind.Identity },
            ],
            Projections = [Projection("input", "lower"), Projection("lower", "upper"), Projection("upper", "output")],
            Modulators = [new ExpectedUncertaintySpec { Name = "ach", TimeConstant = 20f }],
            Head = new SoftmaxHeadSpec(),
            Maintenance =
            [
                new GrowthSpec { Population = "lower", Modulator = "ach", Above = 0.3f, Events = 30, Block = 5, MaxUnits = 17 },
                new GrowthSpec { Population = "upper", Modulator = "ach", Above = 0.3f, Events = 45, Block = 2, MaxUnits = 9 },
            ],
        },
    };

    private static ProjectionSpec Projection(string from, string to) => new()
    {
        Name = $"{from}-{to}",
        From = from,
        To = to,
        Initial = new GaussianWeightsSpec(),
        Rule = new CreditRuleSpec(),
        Transforms = [new AdamSpec { Rate = 0.01f }],
    };
}
