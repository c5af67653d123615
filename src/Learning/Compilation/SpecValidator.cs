using System.Text.RegularExpressions;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;

namespace LifelongApi.Learning.Compilation;

/// <summary>Finds every mistake of a spec before it is compiled: field, what is wrong, what would be right.</summary>
internal sealed partial class SpecValidator
{
    public const int DefaultMaxClasses = 1024;
    private const long MostFloats = 1L << 28;
    private readonly List<SpecError> _errors = [];
    private InputKind _input;

    /// <summary>Checks an expanded spec.</summary>
    /// <exception cref="SpecException">It has mistakes.</exception>
    public static void Check(ModelSpec spec)
    {
        var validator = new SpecValidator();
        validator.CheckInput(spec.Input);
        validator.CheckTarget(spec.Target);
        validator.CheckSleep(spec.Sleep);
        validator.CheckClasses(spec);
        validator.CheckEntities(spec);
        validator.CheckFeedback(spec.Feedback, spec.Target, spec.Durability);
        validator.Range("challenge.alpha", spec.Challenge?.Alpha, 1e-6, 0.5);
        validator.Range("challenge.minEvents", spec.Challenge?.MinEvents, 1, 1e12);
        if (validator._errors.Count == 0)
        {
            validator.CheckNetwork(spec);
        }

        if (validator._errors.Count == 0)
        {
            validator.CheckSize(spec);
        }

        validator.ThrowIfAny();
    }

    /// <summary>Throws what was found.</summary>
    public void ThrowIfAny()
    {
        if (_errors.Count > 0)
        {
            throw new SpecException(_errors);
        }
    }

    /// <summary>Adds a mistake.</summary>
    public void Add(string field, string message) => _errors.Add(new SpecError(field, message));

    [GeneratedRegex("^[A-Za-z0-9_-]{1,64}$")]
    private static partial Regex NamePattern();

    private void CheckNetwork(ModelSpec spec)
    {
        var network = spec.Network;
        _input = spec.Input.Kind;
        CheckPopulations(network);
        CheckNames("network.modulators", [.. network.Modulators.Select(modulator => modulator.Name)]);
        CheckNames("network.projections", [.. network.Projections.Select(projection => projection.Name)]);
        if (_errors.Count > 0)
        {
            return;
        }

        for (var i = 0; i < network.Projections.Count; i++)
        {
            CheckProjection($"network.projections[{i}]", network.Projections[i], spec);
        }

        foreach (var population in network.Populations.Skip(1))
        {
            if (network.Projections.All(projection => projection.To != population.Name))
            {
                Add("network.projections", $"population '{population.Name}' gets no input; add a projection to it or take it out");
            }
        }

        for (var i = 0; i < network.Modulators.Count; i++)
        {
            CheckModulator($"network.modulators[{i}]", network.Modulators[i]);
            CheckDrift($"network.modulators[{i}]", network.Modulators[i], spec.Target);
        }

        CheckContext(spec);
        CheckHead(network, spec.Target);
        CheckDistillation(network);
        for (var i = 0; i < network.Maintenance.Count; i++)
        {
            CheckMaintenance($"network.maintenance[{i}]", network.Maintenance[i], network);
        }
    }

    private void CheckPopulations(NetworkSpec network)
    {
        var populations = network.Populations;
        CheckNames("network.populations", [.. populations.Select(population => population.Name)]);
        if (populations.Count < 2)
        {
            Add("network.populations", "a network has at least an input and a last population that the head reads");
            return;
        }

        var read = HeadOutputs.Of(network);
        for (var i = 0; i < populations.Count; i++)
        {
            var field = $"network.populations[{i}]";
            if (populations[i].Kind == PopulationKind.Input != (i == 0))
            {
                Add($"{field}.kind", "the first population, and no other, is of kind 'input'");
            }

            if (i > 0 && network.Head is NoveltyHeadSpec && read.Contains(populations[i].Name))
            {
                Range($"{field}.size", populations[i].Size, 1, MostClusters, required: true);
            }
            else if (i == 0 || read.Contains(populations[i].Name))
            {
                Absent($"{field}.size", populations[i].Size, i == 0 ? "the input's size follows from 'input'; leave it out" : "the size of a population that the head reads follows from 'target'; leave it out");
            }
            else
            {
                Range($"{field}.size", populations[i].Size, 1, 1 << 20, required: true);
            }
        }

        for (var i = 1; i < populations.Count; i++)
        {
            var field = $"network.populations[{i}].winners";
            if (populations[i].Kind == PopulationKind.Winners)
            {
                Range(field, populations[i].Winners, 1, populations[i].Size ?? 1, required: true);
            }
            else
            {
                Absent(field, populations[i].Winners, "only a population of kind 'winners' has winners; leave it out");
            }
        }

        for (var i = 1; i < populations.Count; i++)
        {
            if (read.Contains(populations[i].Name) && populations[i].Kind != PopulationKind.Identity)
            {
                Add($"network.populations[{i}].kind", "the head reads drives: a population that it reads is of kind 'identity'");
            }
        }
    }

    private void CheckModulator(string field, ModulatorSpec modulator)
    {
        switch (modulator)
        {
            case ExpectedUncertaintySpec expected:
                Range($"{field}.timeConstant", expected.TimeConstant, 1, 1e9);
                break;
            case UnexpectedUncertaintySpec unexpected:
                Range($"{field}.fast", unexpected.Fast, 1, 1e9);
                Range($"{field}.slow", unexpected.Slow, unexpected.Fast, 1e9);
                Range($"{field}.threshold", unexpected.Threshold, 0, 1000);
                break;
            case RewardPredictionErrorSpec reward:
                Range($"{field}.timeConstant", reward.TimeConstant, 1, 1e9);
                break;
        }
    }

    private void CheckMaintenance(string field, MaintenanceSpec maintenance, NetworkSpec network)
    {
        if (maintenance is ReplaySpec replay)
        {
            CheckReplay(field, replay, network);
        }

        if (maintenance is GrowthSpec growth)
        {
            CheckGrowth(field, growth, network);
        }

        if (maintenance is RenewalSpec renewal)
        {
            CheckRenewal(field, renewal, network);
        }

        if (maintenance is ConsolidationSpec consolidation)
        {
            Range($"{field}.minimumEvents", consolidation.MinimumEvents, 1, int.MaxValue);
            Range($"{field}.above", consolidation.Above, 1e-6, 1);
            Modulator($"{field}.settledModulator", consolidation.SettledModulator, network);
            if (network.Maintenance.OfType<ConsolidationSpec>().Count() > 1)
            {
                Add(field, "one consolidation serves every anchor; take the others out");
            }
        }
    }

    private void CheckSize(ModelSpec spec)
    {
        var input = InputShape.Of(spec.Input);
        var outputs = spec.Target.Kind == TargetKind.Label ? spec.Target.MaxClasses ?? DefaultMaxClasses : spec.Target.Size ?? 1;
        var read = HeadOutputs.Of(spec.Network);
        var counts = spec.Network.Populations.Select((population, i) => i == 0 ? input.Units : read.Contains(population.Name) ? population.Size ?? outputs : MostUnits(population, spec.Network)).ToArray();
        var names = spec.Network.Populations.Select(population => population.Name).ToList();
        foreach (var replay in spec.Network.Maintenance.OfType<ReplaySpec>())
        {
            var floats = (long)replay.Capacity * (spec.Input.Kind is InputKind.Vector or InputKind.Image ? input.Units : 2 * input.MaxActive);
            if (floats > MostFloats)
            {
                Add("network.maintenance", $"a replay memory of {floats} numbers is more than 2^28; lower capacity or input.maxActive");
            }
        }

        for (var i = 0; i < spec.Network.Projections.Count; i++)
        {
            var projection = spec.Network.Projections[i];
            var (pre, post) = ((long)counts[names.IndexOf(projection.From)] + 1, (long)counts[names.IndexOf(projection.To)]);
            (pre, post) = projection.Connection switch
            {
                PrototypeConnectionSpec prototypes => (pre, post * prototypes.PerClass),
                PatchConnectionSpec patches => ((long)patches.Side * patches.Side * (spec.Input.Channels ?? 1), patches.Filters),
                HashedConnectionSpec => (1, post),
                _ => (pre, post),
            };
            if (pre * post > MostFloats)
            {
                Add($"network.projections[{i}]", $"{pre} × {post} weights are more than 2^28; make a population smaller or lower maxClasses");
            }

            if (projection.Rule is RecursiveLeastSquaresRuleSpec && pre > 16384)
            {
                Add($"network.projections[{i}].rule", $"recursive least squares over {pre} inputs needs {pre}² numbers; use at most 16,383 units");
            }

            if (projection.Rule is DiscriminantRuleSpec && pre > 16384)
            {
                Add($"network.projections[{i}].rule", $"a shared covariance of {pre} inputs needs {pre}² numbers; use at most 16,383 units");
            }

            if (projection.Rule is OjaRuleSpec or CompetitiveRuleSpec or ClusterRuleSpec && pre > 1 << 20)
            {
                Add($"network.projections[{i}].rule", "a rule that changes silent rows too needs a presynaptic population of at most 2^20 units");
            }
        }
    }

    private static int MostUnits(PopulationSpec population, NetworkSpec network) =>
        network.Maintenance.OfType<GrowthSpec>().FirstOrDefault(growth => growth.Population == population.Name)?.MaxUnits ?? population.Size!.Value;

    private void CheckNames(string field, IReadOnlyList<string> names)
    {
        for (var i = 0; i < names.Count; i++)
        {
            if (!NamePattern().IsMatch(names[i]))
            {
                Add($"{field}[{i}].name", $"'{names[i]}' is not a name: use 1 … 64 characters of a-z, A-Z, 0-9, - and _");
            }
            else if (names.Take(i).Contains(names[i]))
            {
                Add($"{field}[{i}].name", $"the name '{names[i]}' is taken; names are unique");
            }
        }
    }

    private void Modulator(string field, string? name, NetworkSpec network)
    {
        if (name is not null && network.Modulators.All(modulator => modulator.Name != name))
        {
            Add(field, $"there is no modulator '{name}'; add it to network.modulators");
        }
    }

    private void Range(string field, double? value, double low, double high, bool required = false)
    {
        if (value is null)
        {
            if (required)
            {
                Add(field, $"is missing; give a number from {low} to {high}");
            }
        }
        else if (!(value >= low && value <= high))
        {
            Add(field, $"{value} is out of range; give a number from {low} to {high}");
        }
    }

    private void Absent(string field, int? value, string message)
    {
        if (value is not null)
        {
            Add(field, message);
        }
    }
}
