using System.Text.Json;
using LifelongApi.Contracts;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Recipes;
using LifelongApi.Learning.Tests.Conformance;
using LifelongApi.Learning.Tests.Support;

namespace LifelongApi.Learning.Tests.Compilation;

public sealed class PresetTests
{
    public static TheoryData<string> Presets => [.. ConformanceCases.ByName.Keys.Where(name => name.StartsWith("classifier-", StringComparison.Ordinal) || name.StartsWith("regressor-", StringComparison.Ordinal) || name.StartsWith("compact-", StringComparison.Ordinal))];

    public static TheoryData<string> All => [.. ConformanceCases.ByName.Keys];

    [Theory]
    [MemberData(nameof(All))]
    public void An_expanded_spec_comes_back_from_json_as_it_was(string name)
    {
        var spec = ConformanceCases.ByName[name];
        var json = JsonSerializer.Serialize(spec, ContractJson.Options);
        var back = JsonSerializer.Deserialize<ModelSpec>(json, ContractJson.Options)!;
        Assert.Equal(json, JsonSerializer.Serialize(back, ContractJson.Options));
        Assert.Equivalent(spec, back, strict: true);

        // The program is the same too: same layout, same first bytes.
        using var first = new Trial(spec);
        using var second = new Trial(back);
        Assert.Equal(first.Model.Learner.Layout.Slots, second.Model.Learner.Layout.Slots);
        Assert.Equal(first.Hash, second.Hash);
    }

    [Fact]
    public void A_property_that_is_not_known_is_refused()
    {
        var json = JsonSerializer.Serialize(ConformanceCases.ByName["sgd"], ContractJson.Options);
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<ModelSpec>(json.Replace("\"seed\":1", "\"seed\":1,\"sead\":2", StringComparison.Ordinal), ContractJson.Options));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<ModelSpec>(json.Replace("\"kind\":\"credit\"", "\"kind\":\"credit\",\"rate\":2", StringComparison.Ordinal), ContractJson.Options));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<ModelSpec>(json.Replace("\"kind\":\"credit\"", "\"kind\":\"magic\"", StringComparison.Ordinal), ContractJson.Options));
    }

    [Theory]
    [MemberData(nameof(Presets))]
    public void Local_plasticity_a_modulator_and_protection_are_in_the_path_of_every_default_preset(string name)
    {
        var spec = ConformanceCases.ByName[name];
        var network = spec.Network;
        Assert.Matches("^(classifier|regressor|compact)@1$", spec.Preset);
        var plastic = network.Projections.Where(projection => projection.Rule is not null).ToArray();

        // Rules are local: pre, post and a broadcast third factor. Only the deep member of the mixture for tables carries credit back through weights.
        string[] read = network.Head switch
        {
            EnsembleHeadSpec ensemble => [.. ensemble.Members.Select(member => member.Population)],
            ValueEnsembleHeadSpec values => [.. values.Populations],
            _ => [network.Populations[^1].Name],
        };
        var deep = plastic.Where(projection => projection.Rule is CreditRuleSpec && !read.Contains(projection.To)).Select(projection => projection.Name);
        var isDeep = read.Length > 1 && spec.Preset != "compact@1";
        Assert.Equal(isDeep ? ["hidden-1", "hidden-2"] : [], deep);
        Assert.Equal(isDeep, network.Credit is BackpropCreditSpec);
        Assert.NotEmpty(plastic);
        Assert.Contains(plastic, projection => projection.Transforms.OfType<ModulateBySpec>().Any(modulate => network.Modulators.Any(modulator => modulator.Name == modulate.Modulator)));
        Assert.Contains(plastic, projection => projection.Rule is RecursiveLeastSquaresRuleSpec || projection.Transforms.OfType<ElasticAnchorSpec>().Any(anchor => anchor.Strength > 0f));

        // What learns features by itself is anchored; a mixture also has members that follow at once and keep nothing, beside members that keep everything.
        Assert.All(plastic.Where(projection => projection.Rule is CompetitiveRuleSpec or PatchCompetitionRuleSpec or HomeostaticRuleSpec), projection => Assert.Contains(projection.Transforms, transform => transform is ElasticAnchorSpec));
        Assert.True(read.Length > 1 || plastic.All(projection => projection.Rule is RecursiveLeastSquaresRuleSpec || projection.Transforms.Any(transform => transform is ElasticAnchorSpec)));
        Assert.Contains(network.Maintenance.OfType<ConsolidationSpec>(), consolidation => consolidation.SettledModulator is not null);
    }

    [Theory]
    [MemberData(nameof(Presets))]
    public void Every_learn_reports_plasticity_modulators_and_protection(string name)
    {
        var spec = ConformanceCases.ByName[name];
        using var trial = new Trial(spec);
        var (plasticity, protection) = (new float[trial.Model.PlasticProjections.Count], 0f);
        for (var n = 0; n < 60; n++)
        {
            trial.Apply(TestStream.At(spec, 8, n));
            for (var i = 0; i < plasticity.Length; i++)
            {
                Assert.InRange(trial.Outcome.Protection[i], 0f, 1f);
                plasticity[i] += trial.Outcome.Plasticity[i];
                protection += trial.Outcome.Protection[i];
            }

            Assert.Equal(spec.Network.Modulators.Count, trial.Outcome.Modulators.Length);
        }

        Assert.NotEmpty(plasticity);
        Assert.All(plasticity, change => Assert.True(change > 0f, "A projection never changed."));
        Assert.Contains(trial.Outcome.Modulators, level => level != 0f);

        // Anchors hold only after the first consolidation; least squares holds from the first event.
        trial.Apply(Contracts.Journal.EventKind.TaskEnded, []);
        for (var n = 60; n < 200 && protection == 0f; n++)
        {
            trial.Apply(TestStream.At(spec, 8, n));
            protection += trial.Outcome.Protection.Sum();
        }

        Assert.True(protection > 0f, "Nothing was ever held back.");
    }

    [Fact]
    public void Mistakes_in_a_request_name_their_field()
    {
        AssertField("preset", new CreateModelRequest());
        AssertField("preset", new CreateModelRequest { Preset = "oracle" });
        AssertField("preset", new CreateModelRequest { Preset = "classifier@2" });
        AssertField("target.kind", new CreateModelRequest { Preset = "classifier", Target = new TargetSpec { Kind = TargetKind.Value } });
        AssertField("target.kind", new CreateModelRequest { Preset = "regressor", Target = new TargetSpec { Kind = TargetKind.Label } });
        AssertField("target.kind", new CreateModelRequest { Preset = "compact", Target = new TargetSpec { Kind = TargetKind.Anomaly } });
        AssertField("input.size", new CreateModelRequest { Preset = "classifier", Input = new InputSpec { Kind = InputKind.Vector } });
        AssertField("preset", new CreateModelRequest { Preset = "classifier", Network = ConformanceCases.ByName["sgd"].Network });
        AssertField("input", new CreateModelRequest { Network = ConformanceCases.ByName["sgd"].Network, Target = new TargetSpec { Kind = TargetKind.Label } });
        AssertField("target", new CreateModelRequest { Network = ConformanceCases.ByName["sgd"].Network, Input = new InputSpec { Kind = InputKind.Vector, Size = 16 } });
    }

    [Fact]
    public void A_preset_needs_no_more_than_its_name_and_defaults_are_filled_in()
    {
        var spec = Recipes.Presets.Expand(new CreateModelRequest { Preset = "classifier" });
        Assert.Equal((InputKind.Named, "classifier@1", 1UL), (spec.Input.Kind, spec.Preset, spec.Seed));
        Assert.NotNull(spec.Input.HashBits);
        Assert.NotNull(spec.Input.Standardise);
        Assert.NotNull(spec.Target.MaxClasses);
        Assert.Equal(1, Recipes.Presets.Expand(new CreateModelRequest { Preset = "regressor@1" }).Target.Size);
    }

    [Theory]
    [InlineData(TargetKind.Label, null, 2)]
    [InlineData(TargetKind.Label, null, 16)]
    [InlineData(TargetKind.Value, null, 0)]
    [InlineData(TargetKind.Label, 12, 16)]
    [InlineData(TargetKind.Value, 32, 0)]
    public void The_compact_preset_keeps_to_8000_bytes(TargetKind kind, int? size, int classes)
    {
        using var trial = new Trial(Recipes.Presets.Expand(new CreateModelRequest
        {
            Preset = "compact",
            Target = new TargetSpec { Kind = kind },
            Input = size is null ? null : new InputSpec { Kind = InputKind.Vector, Size = size },
        }));
        for (var n = 0; n < 200; n++)
        {
            trial.Apply(TestStream.At(trial.Model.Spec, 5, n, classes: Math.Max(classes, 1)));
        }

        Assert.Equal(classes, trial.Model.Labels.Count);
        Assert.InRange(trial.Model.StateByteCount, 1, 8000);
    }

    private static void AssertField(string field, CreateModelRequest request) =>
        Assert.Contains(Assert.Throws<SpecException>(() => Recipes.Presets.Expand(request)).Errors, error => error.Field == field);
}
