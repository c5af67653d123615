using System.Diagnostics;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.EndToEnd.Tests.Data;
using LifelongApi.EndToEnd.Tests.Harness;
using LifelongApi.Experiments.Harness;

namespace LifelongApi.EndToEnd.Tests;

/// <summary>What the evidence was measured with is what the service hosts: every spec of every experiment learns there, and comes back from a kill.</summary>
public sealed class ExperimentSpecTests
{
    private const int Events = 120;
    private const int EventsOfLargeState = 24;
    private const long LargeState = 40 << 20;

    [Fact]
    public async Task Every_spec_of_every_experiment_learns_in_the_service_and_survives_a_kill_bit_for_bit()
    {
        await using var store = await TestStore.CreateAsync(StoreKind.Sqlite);
        await using var server = await ServerProcess.StartAsync(store);
        Assert.All(ExperimentTable.All, experiment => Assert.NotEmpty(experiment.Specs));

        // Several experiments look at the preset: a spec that is there twice, letter by letter, is hosted once.
        var specs = ExperimentTable.All
            .SelectMany(experiment => experiment.Specs.Select(role => (Name: Name(experiment.Name, role.Key), Spec: role.Value)))
            .DistinctBy(role => LifelongHttp.Json(role.Spec)).ToList();

        var before = new List<ModelInfo>();
        var problems = new List<string>();
        foreach (var (name, spec) in specs)
        {
            try
            {
                before.Add(await LearnAsync(server.Http, name, spec));
            }
            catch (Exception problem) when (problem is Xunit.Sdk.XunitException or HttpRequestException)
            {
                // All the specs that are refused are worth knowing, not the first alone.
                problems.Add($"{name}: {problem.Message}");
            }
        }

        Assert.True(problems.Count == 0, string.Join('\n', problems));
        await server.RestartAsync();

        foreach (var model in before)
        {
            var watch = Stopwatch.StartNew();
            var after = await server.Http.ModelAsync(model.Name);
            TestContext.Current.TestOutputHelper?.WriteLine($"{model.Name} reopened in {watch.ElapsedMilliseconds} ms");
            if (after.Status == ModelStatus.Fenced || after.Sequence != model.Sequence || after.StateHash != model.StateHash)
            {
                problems.Add($"{model.Name}: {model.StateHash} at {model.Sequence} came back as {after.StateHash} at {after.Sequence}, {after.Status} {after.FencedBecause}");
            }
        }

        Assert.True(problems.Count == 0, string.Join('\n', problems));
    }

    private static async Task<ModelInfo> LearnAsync(LifelongHttp http, string name, ModelSpec spec)
    {
        var watch = Stopwatch.StartNew();
        var created = await http.CreateAsync(name, new CreateModelRequest { Input = spec.Input, Target = spec.Target, Network = spec.Network, Seed = spec.Seed, Sleep = spec.Sleep, Entities = spec.Entities });
        var events = SpecEvents.Draw(spec, created.StateBytes > LargeState ? EventsOfLargeState : Events);
        Assert.All(await http.LearnAsync(name, events), result => Assert.Equal(spec.Target.Kind == TargetKind.Anomaly ? LearnStatus.Observed : LearnStatus.Learned, result.Status));

        var model = await http.ModelAsync(name);
        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {model.StateBytes >> 10} KiB, {events.Count} events, {watch.ElapsedMilliseconds} ms");
        Assert.Equal(ModelStatus.Open, model.Status);
        Assert.Equal(LifelongHttp.Json(spec.Network), LifelongHttp.Json(model.Spec!.Network));
        Assert.NotEqual(created.StateHash, model.StateHash);
        if (spec.Network.Maintenance.OfType<ConsolidationSpec>().Any())
        {
            Assert.True((await http.MetricsAsync(name)).Consolidations >= 1, "nothing was consolidated at the end of the first task");
        }

        return model;
    }

    private static string Name(string experiment, string role) => $"{experiment}-{role}".Replace(' ', '-');
}
