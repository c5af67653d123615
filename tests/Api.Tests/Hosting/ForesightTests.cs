using System.Text;
using LifelongApi.Api.Hosting;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning;
using LifelongApi.Learning.Features;
using static LifelongApi.Api.Tests.Hosting.House;

namespace LifelongApi.Api.Tests.Hosting;

/// <summary>Events that wait together are looked at together, and end in the state of a bare model that folds them one by one.</summary>
public sealed class ForesightTests
{
    private const int Size = 20;
    private const int Count = 150;

    public static TheoryData<int, int> Together => new() { { 8, 0 }, { 0, 16 } };

    [Theory]
    [MemberData(nameof(Together))]
    public async Task Rows_that_wait_together_end_in_the_state_of_rows_one_by_one(int pending, int batch)
    {
        var request = Request(pending, batch);
        var rows = Enumerable.Range(0, Count).Select(Row).ToList();
        using var bare = Model.Create(LifelongApi.Learning.Recipes.Presets.Expand(request));
        Assert.True(bare.LooksAhead);
        var outcome = new Outcome();
        for (var i = 0; i < rows.Count; i++)
        {
            bare.Apply(new EventInput { Kind = EventKind.Learned, Sequence = i + 1, Payload = rows[i].Payload.Span }, outcome);
        }

        await using var house = await OpenAsync();
        await house.Models.CreateAsync("m", request, Token);
        for (var sent = 0; sent < rows.Count;)
        {
            // Runs that end in the middle of what is learned together, with predicts in between.
            var run = rows.Skip(sent).Take(1 + (sent % 41)).ToList();
            await house.LearnAsync("m", run);
            sent += run.Count;
            using var lease = await house.Models.AcquireAsync("m", Token);
            await lease.PredictAsync(run[0].Payload, new PredictionBuffer(), Token);
        }

        Assert.Equal(StateHashText.Of(bare.Capture().StateHash()), await house.HashAsync("m"));
    }

    private static CreateModelRequest Request(int pending, int batch) => new()
    {
        Input = new InputSpec { Kind = InputKind.Vector, Size = Size, Standardise = Standardisation.None },
        Target = new TargetSpec { Kind = TargetKind.Label, MaxClasses = 3 },
        Seed = 7,
        Network = new NetworkSpec
        {
            Populations =
            [
                new PopulationSpec { Name = "input", Kind = PopulationKind.Input },
                new PopulationSpec { Name = "hidden", Kind = PopulationKind.Relu, Size = 33 },
                new PopulationSpec { Name = "output", Kind = PopulationKind.Identity },
            ],
            Projections = [Projection("input", "hidden", pending, batch), Projection("hidden", "output", pending, batch)],
            Credit = new BackpropCreditSpec(),
            Head = new SoftmaxHeadSpec(),
        },
    };

    private static ProjectionSpec Projection(string from, string to, int pending, int batch) => new()
    {
        Name = $"{from}-{to}",
        From = from,
        To = to,
        Initial = new GaussianWeightsSpec { Scale = 1f },
        Rule = pending > 0 ? new CreditRuleSpec { Pending = pending } : new CreditRuleSpec { Batch = batch },
        Transforms = [new LearningRateSpec { Rate = 0.1f }],
    };

    private static LearnInput Row(int number)
    {
        var features = new float[Size];
        for (var i = 0; i < Size; i++)
        {
            features[i] = MathF.Sin((number * 1.3f) + (i * 0.7f));
        }

        var label = $"class {number % 3}";
        var builder = new PayloadBuilder();
        builder.Dense(features);
        builder.Label(Encoding.UTF8.GetBytes(label));
        return new LearnInput { Payload = builder.Written.ToArray(), Label = label, HasTarget = true, EventId = $"row-{number}" };
    }
}
