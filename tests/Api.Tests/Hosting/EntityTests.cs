using LifelongApi.Api.Hosting;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Problems;
using LifelongApi.Learning;
using LifelongApi.Learning.Features;
using LifelongApi.Storage;
using static LifelongApi.Api.Tests.Hosting.House;

namespace LifelongApi.Api.Tests.Hosting;

/// <summary>Entities beyond the capacity of a model: their rows are in the store, and nobody notices.</summary>
public sealed class EntityTests
{
    private const int Count = 120;

    private static readonly EntitiesSpec Small = new() { Capacity = 3 };

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_model_with_room_for_three_answers_like_one_with_room_for_all_through_restarts_and_restores(string provider)
    {
        await using var house = await OpenAsync(provider, Thrifty);
        await house.CreateAsync("m", entities: Small);
        await house.CreateAsync("roomy", entities: Small with { Capacity = 100 });
        var versions = new List<int>();
        foreach (var model in new[] { "m", "roomy" })
        {
            await house.LearnAsync(model, Personal(0, Count));
            versions.Add((await house.Models.CreateSnapshotAsync(model, new(), Token)).Version);
            await house.LearnAsync(model, Personal(Count, Count));
        }

        Assert.Equal(await AnswersAsync(house, "roomy"), await AnswersAsync(house, "m"));
        var before = await house.HashAsync("m");
        await house.RestartAsync();
        Assert.Equal(before, await house.HashAsync("m"));
        await house.Models.RestoreAsync("m", versions[0], null, Token);
        await house.Models.RestoreAsync("roomy", versions[1], null, Token);
        Assert.Equal(await AnswersAsync(house, "roomy"), await AnswersAsync(house, "m"));
        await house.LearnAsync("m", Personal(2 * Count, Count));
        await house.LearnAsync("roomy", Personal(2 * Count, Count));

        Assert.Equal(await AnswersAsync(house, "roomy"), await AnswersAsync(house, "m"));
        var here = await house.HashAsync("m");
        await house.StartAfterKillAsync();
        Assert.Equal(here, await house.HashAsync("m"));
        Assert.Equal(await AnswersAsync(house, "roomy"), await AnswersAsync(house, "m"));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_fork_takes_the_entities_along_and_goes_its_own_way(string provider)
    {
        await using var house = await OpenAsync(provider, Thrifty);
        await house.CreateAsync("m", entities: Small);
        await house.LearnAsync("m", Personal(0, Count));
        var version = await house.Models.CreateSnapshotAsync("m", new(), Token);
        var then = await AnswersAsync(house, "m");
        await house.Models.RestoreAsync("m", version.Version, null, Token);
        await house.LearnAsync("m", Personal(Count, 40));
        var second = await house.Models.CreateSnapshotAsync("m", new(), Token);
        var now = await AnswersAsync(house, "m");

        await house.Models.ForkAsync("m", version.Version, new() { Model = "early" }, Token);
        await house.Models.ForkAsync("m", second.Version, new() { Model = "late" }, Token);

        Assert.Equal(then, await AnswersAsync(house, "early"));
        Assert.Equal(now, await AnswersAsync(house, "late"));
        await house.LearnAsync("late", Personal(Count + 40, Count));
        Assert.Equal(now, await AnswersAsync(house, "m"));
        await house.Models.DeleteAsync("m", Token);
        await house.RestartAsync();
        Assert.Equal(then, await AnswersAsync(house, "early"));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_version_answers_for_an_entity_as_it_was_then(string provider)
    {
        await using var house = await OpenAsync(provider, Thrifty);
        await house.CreateAsync("m", entities: Small);
        await house.LearnAsync("m", Personal(0, Count));
        var version = await house.Models.CreateSnapshotAsync("m", new(), Token);
        var then = await AnswersAsync(house, "m");
        await house.LearnAsync("m", Personal(Count, Count));

        var (predictions, _) = await house.Models.PredictAtVersionAsync("m", version.Version, Questions(), Token);

        Assert.Equal(then, predictions.Select(prediction => (prediction.EntityKnown, prediction.Probabilities!["up"])));
        Assert.NotEqual(then, await AnswersAsync(house, "m"));
        Assert.Equal([true, true, true, true, true, true, true, true, false, null], then.Select(answer => answer.Known));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_follower_has_rows_of_its_own_and_catches_up_to_the_same_answers(string provider)
    {
        await using var house = await OpenAsync(provider, Thrifty);
        await house.CreateAsync("m", entities: Small);
        await house.LearnAsync("m", Personal(0, Count));
        await house.CreateAsync("twin", follow: "m", entities: Small);
        await house.CreateAsync("roomy", follow: "m", entities: Small with { Capacity = 100 });
        await house.LearnAsync("m", Personal(Count, Count));
        await Task.WhenAll(new[] { "twin", "roomy" }.Select(name => CaughtUpAsync(house, name, 2 * Count)));

        Assert.Equal(await house.HashAsync("m"), await house.HashAsync("twin"));
        Assert.Equal(await AnswersAsync(house, "m"), await AnswersAsync(house, "roomy"));
        await house.RestartAsync();
        await house.LearnAsync("m", Personal(2 * Count, Count));
        await Task.WhenAll(new[] { "twin", "roomy" }.Select(name => CaughtUpAsync(house, name, 3 * Count)));
        Assert.Equal(await house.HashAsync("m"), await house.HashAsync("twin"));
        Assert.Equal(await AnswersAsync(house, "m"), await AnswersAsync(house, "roomy"));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_follower_that_takes_the_lead_keeps_its_entities_and_the_old_leader_its_own(string provider)
    {
        await using var house = await OpenAsync(provider, Thrifty);
        await house.CreateAsync("m", entities: Small);
        await house.LearnAsync("m", Personal(0, Count));
        await house.CreateAsync("roomy", follow: "m", entities: Small with { Capacity = 100 });
        await CaughtUpAsync(house, "roomy", Count);
        await house.Models.PromoteAsync("roomy", Token);
        await house.LearnAsync("roomy", Personal(Count, Count));
        await CaughtUpAsync(house, "m", 2 * Count);
        Assert.Equal(await AnswersAsync(house, "roomy"), await AnswersAsync(house, "m"));
        await house.Models.PromoteAsync("m", Token);
        await house.StartAfterKillAsync();
        await house.LearnAsync("m", Personal(2 * Count, Count));
        await CaughtUpAsync(house, "roomy", 3 * Count);
        Assert.Equal(await AnswersAsync(house, "roomy"), await AnswersAsync(house, "m"));
    }

    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task A_bundle_takes_the_entities_along_and_goes_on_to_the_same_bytes(string provider)
    {
        await using var house = await OpenAsync(provider, Thrifty);
        await house.CreateAsync("m", entities: Small);
        await house.LearnAsync("m", Personal(0, Count));
        var version = await house.Models.CreateSnapshotAsync("m", new(), Token);
        await house.LearnAsync("m", Personal(Count, Count));
        await house.Models.RestoreAsync("m", version.Version, null, Token);
        await house.LearnAsync("m", Personal(Count, 40));
        using var file = new MemoryStream();
        await (await house.Models.ExportAsync("m", null, true, true, Token)).WriteAsync(file, Token);

        await using var elsewhere = await OpenAsync(provider == "sqlite" ? "postgres" : "sqlite", Thrifty);
        file.Position = 0;
        await elsewhere.Models.ImportAsync("copy", file, Token);
        Assert.Equal(await AnswersAsync(house, "m"), await AnswersAsync(elsewhere, "copy"));
        await house.LearnAsync("m", Personal(2 * Count, Count));
        await elsewhere.LearnAsync("copy", Personal(2 * Count, Count));
        Assert.Equal(await house.HashAsync("m"), await elsewhere.HashAsync("copy"));
        Assert.Equal(await AnswersAsync(house, "m"), await AnswersAsync(elsewhere, "copy"));
    }

    [Fact]
    public async Task Learning_says_whether_the_entity_was_known_and_a_duplicate_says_it_again()
    {
        await using var house = await OpenAsync(Thrifty);
        await house.CreateAsync("m", entities: Small);
        var rows = Personal(0, 30);
        var first = await house.LearnAsync("m", rows);
        var seen = new HashSet<string?>();
        foreach (var (row, result) in rows.Zip(first))
        {
            Assert.Equal(row.Entity is null ? null : !seen.Add(row.Entity), result.EntityKnown);
        }

        await house.RestartAsync();
        var again = await house.LearnAsync("m", rows);
        Assert.All(again, result => Assert.Equal(LearnStatus.Duplicate, result.Status));
        Assert.Equal(first.Select(result => result.EntityKnown), again.Select(result => result.EntityKnown));
    }

    [Fact]
    public async Task While_the_store_is_away_nobody_waits_for_ever_and_what_was_committed_is_learned_when_it_is_back()
    {
        await using var house = await OpenAsync(options => (options.HousekeepingSeconds, options.IdleCloseSeconds) = (3600, 3600));
        await house.CreateAsync("m", entities: Small);
        await house.LearnAsync("m", Personal(0, Count));
        await house.RestartAsync();
        var wanted = await AnswersAsync(house, "m");
        house.Store.EntitiesAreAway = true;
        var questions = Questions();
        using var lease = await house.Models.AcquireAsync("m", Token);
        var (here, away) = (0, 0);
        foreach (var question in questions)
        {
            try
            {
                await lease.PredictAsync(question, new PredictionBuffer(), Token);
                here++;
            }
            catch (StoreUnavailableException)
            {
                away++;
            }
        }

        // Three entities in memory and nobody; five entities and the stranger only the store can tell.
        Assert.Equal((4, 6), (here, away));
        var rows = Personal(Count, 30);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => lease.LearnManyAsync(rows, Token));
        house.Store.EntitiesAreAway = false;
        await CaughtUpAsync(house, "m", Count + 30);
        Assert.All(await lease.LearnManyAsync(rows, Token), result => Assert.Equal(LearnStatus.Duplicate, result.Status));
        Assert.NotEqual(wanted, await AnswersAsync(house, "m"));
    }

    [Fact]
    public async Task A_changed_row_fences_the_model_before_the_event_that_needs_it()
    {
        await using var house = await OpenAsync(options => options.HousekeepingSeconds = 3600);
        await house.CreateAsync("m", entities: Small with { Capacity = 1 });
        await house.LearnAsync("m", [Row(1, 1, "up", "a", entity: "first"), Row(1, 0, "up", "b", entity: "second")]);
        await house.RestartAsync();
        await house.SpoilEntityAsync();
        await house.LearnAsync("m", Row(0, 1, "up", "c", entity: "third"));

        var failed = await Assert.ThrowsAsync<ProblemException>(() => house.LearnAsync("m", Row(1, 1, "up", "d", entity: "first")));

        Assert.Equal((503, ProblemTypes.Fenced), (failed.Status, failed.Type));
        Assert.Contains("does not match its checksum", failed.Message, StringComparison.Ordinal);
        Assert.Equal(3, (await house.Models.GetAsync("m", Token)).Sequence);
    }

    /// <summary>Nothing stays in memory longer than it must.</summary>
    private static void Thrifty(HostingOptions options) => (options.HousekeepingSeconds, options.EntityByteBudget, options.BatchEventCount) = (0.1, 1, 16);

    /// <summary>Eight entities of which even ones call what odd ones do not, and now and then nobody.</summary>
    private static List<LearnInput> Personal(int first, int count) =>
        [.. Enumerable.Range(first, count).Select(i =>
        {
            var entity = i * i % 11 % 8;
            return Row(MathF.Sin(i), MathF.Cos(i * 1.7f), MathF.Sin(i) > 0 == (entity % 2 == 0) ? "up" : "down", $"row-{i}", entity: i % 7 == 3 ? null : $"entity {(i + entity) % 8}");
        })];

    private static List<ReadOnlyMemory<byte>> Questions()
    {
        var builder = new PayloadBuilder();
        builder.Dense([0.5f, -0.25f]);
        return [.. Enumerable.Range(0, 8).Select(i => (string?)$"entity {i}").Append("stranger").Append(null).Select(entity => PayloadBuilder.Stamp(builder.Written.ToArray(), EventMoment.KeyOf(entity), null))];
    }

    /// <summary>For every entity, one that is not known, and none: whether it is known, and the probability of "up".</summary>
    private static async Task<List<(bool? Known, float Up)>> AnswersAsync(House house, string model)
    {
        using var lease = await house.Models.AcquireAsync(model, Token);
        var questions = Questions();
        var answers = questions.ConvertAll(_ => new PredictionBuffer());
        await lease.PredictAsync(questions, answers, Token);
        var one = new PredictionBuffer();
        for (var i = 0; i < questions.Count; i++)
        {
            await lease.PredictAsync(questions[i], one, Token);
            Assert.Equal(answers[i].Scores, one.Scores);
        }

        return answers.ConvertAll(answer => (answer.KnowsEntity, answer.Scores[lease.LabelName(0) == "up" ? 0 : 1]));
    }

    private static async Task CaughtUpAsync(House house, string model, long sequence)
    {
        while ((await house.Models.GetAsync(model, Token)).Sequence < sequence)
        {
            await Task.Delay(5, Token);
        }
    }
}
