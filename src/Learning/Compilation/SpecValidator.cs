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

    /// <summary>Checks an expanded spec.</summary>
    /// <exception cref="SpecException">It has mistakes.</exception>
    public static void Check(ModelSpec spec)
    {
        var validator = new SpecValidator();
        validator.CheckInput(spec.Input);
        validator.CheckTarget(spec.Target);
        validator.CheckSleep(spec.Sleep);
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

    /// <summary>Checks an input on its own, with preset defaults filled in or not.</summary>
    public void CheckInput(InputSpec input)
    {
        switch (input.Kind)
        {
            case InputKind.Image:
                Range("input.height", input.Height, 1, 4096, required: true);
                Range("input.width", input.Width, 1, 4096, required: true);
                Range("input.channels", input.Channels, 1, 64);
                Absent("input.size", input.Size, "an image's size is height × width × channels; leave it out");
                if ((long)(input.Height ?? 1) * (input.Width ?? 1) * (input.Channels ?? 1) > 1 << 24)
                {
                    Add("input", "an image may have at most 2^24 numbers; make it smaller");
                }

                break;
            case InputKind.Named:
                Range("input.hashBits", input.HashBits, 4, 24, required: true);
                Range("input.maxActive", input.MaxActive, 1, 65536);
                Absent("input.size", input.Size, "named features have no size; use hashBits");
                if (input.Standardise == Standardisation.Scale)
                {
                    Add("input.standardise", "named features are standardised 'perFeature' or 'none'");
                }

                break;
            default:
                Range("input.size", input.Size, 1, 1 << 24, required: true);
                if (input.Kind == InputKind.Sparse)
                {
                    Range("input.maxActive", input.MaxActive, 1, 65536);
                    if (input.Standardise == Standardisation.PerFeature)
                    {
                        Add("input.standardise", "sparse features are standardised with 'scale' or 'none', so that zero stays zero");
                    }
                }

                break;
        }

        if (input.Kind != InputKind.Image)
        {
            Absent("input.height", input.Height, "only images have a height; leave it out or use kind 'image'");
            Absent("input.width", input.Width, "only images have a width; leave it out or use kind 'image'");
            Absent("input.channels", input.Channels, "only images have channels; leave it out or use kind 'image'");
        }

        if (input.Kind != InputKind.Named)
        {
            Absent("input.hashBits", input.HashBits, "only named features are hashed; leave it out or use kind 'named'");
        }

        if (input.Kind != InputKind.Named)
        {
            Absent("input.categories", input.Categories, "only named numbers are read as categories too; leave it out");
        }

        Range("input.categories", input.Categories, 0, 64);
        if (input.Categories > 0 && input.HashBits > 16)
        {
            Add("input.categories", "a table of more than 2^16 places keeps no values; leave categories out or lower hashBits");
        }

        if (input.Kind is InputKind.Vector or InputKind.Image)
        {
            Absent("input.maxActive", input.MaxActive, "dense inputs always carry every feature; leave it out");
        }
    }

    /// <summary>Checks a target on its own.</summary>
    public void CheckTarget(TargetSpec target)
    {
        if (target.Kind == TargetKind.Label)
        {
            Range("target.maxClasses", target.MaxClasses, 2, 65536);
            Absent("target.size", target.Size, "labels have no size; leave it out or use kind 'value'");
        }
        else
        {
            Range("target.size", target.Size, 1, 4096);
            Absent("target.maxClasses", target.MaxClasses, "values have no classes; leave it out or use kind 'label'");
        }
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

            if (i == 0 || read.Contains(populations[i].Name))
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

    private void CheckProjection(string field, ProjectionSpec projection, ModelSpec spec)
    {
        var names = spec.Network.Populations.Select(population => population.Name).ToList();
        var (from, to) = (names.IndexOf(projection.From), names.IndexOf(projection.To));
        if (from < 0)
        {
            Add($"{field}.from", $"there is no population '{projection.From}'; there are {string.Join(", ", names)}");
        }

        if (to < 0)
        {
            Add($"{field}.to", $"there is no population '{projection.To}'; there are {string.Join(", ", names)}");
        }

        if (from >= 0 && to >= 0 && from >= to)
        {
            Add($"{field}.to", "a projection runs from an earlier to a later population");
        }

        CheckConnection($"{field}.connection", projection, spec);
        CheckBinary($"{field}.connection", projection);
        CheckInitial($"{field}.initial", projection, spec);
        if (HeadOutputs.Of(spec.Network).Contains(projection.From))
        {
            Add($"{field}.from", $"the head reads population '{projection.From}': nothing else runs from it");
        }

        CheckRule($"{field}.rule", projection, spec.Network, HeadOutputs.Of(spec.Network).Contains(projection.To));
        CheckTransforms(field, projection, spec.Network);
    }

    private void CheckConnection(string field, ProjectionSpec projection, ModelSpec spec)
    {
        CheckPrototypes(field, projection, spec.Network);
        if (projection.Connection is FernConnectionSpec ferns)
        {
            CheckFerns(field, ferns, projection, spec);
        }

        if (projection.Connection is DenseConnectionSpec { Normalise: true } && projection.Rule is RecursiveLeastSquaresRuleSpec or OjaRuleSpec)
        {
            Add($"{field}.normalise", "least squares and Oja's rule need the activities as they are; leave normalise out");
        }

        if (projection.Connection is not PatchConnectionSpec patches)
        {
            if (projection.Rule is PatchCompetitionRuleSpec)
            {
                Add(field, "patches compete over filters: the rule 'patchCompetition' needs a connection of kind 'patches'");
            }

            return;
        }

        if (spec.Input.Kind != InputKind.Image || projection.From != spec.Network.Populations[0].Name)
        {
            Add($"{field}.kind", "patches need an input of kind 'image' as the presynaptic population");
            return;
        }

        Range($"{field}.side", patches.Side, 2, Math.Min(16, Math.Min(spec.Input.Height!.Value, spec.Input.Width!.Value)));
        Range($"{field}.stride", patches.Stride, 1, patches.Side);
        Range($"{field}.filters", patches.Filters, 16, 4096);
        Range($"{field}.grid", patches.Grid, 1, 8);
        Range($"{field}.threshold", patches.Threshold, 0, 10);
        Range($"{field}.formingEvents", patches.FormingEvents, 0, 10_000);
        Range($"{field}.peaks", patches.Peaks, 0, 8);
        if (_errors.Count > 0)
        {
            return;
        }

        if (patches.Filters % 16 != 0)
        {
            Add($"{field}.filters", $"{patches.Filters} is not a multiple of 16");
        }

        if (patches.Side * patches.Side * (spec.Input.Channels ?? 1) > 1024)
        {
            Add($"{field}.side", "a patch may have at most 1,024 numbers (side² × channels); make it smaller");
        }

        if (1 + ((Math.Min(spec.Input.Height!.Value, spec.Input.Width!.Value) - patches.Side) / patches.Stride) < Math.Max(patches.Grid, patches.Peaks))
        {
            Add($"{field}.grid", "every cell of a grid needs a patch: lower grid, peaks, side or stride");
        }

        var post = spec.Network.Populations.FirstOrDefault(population => population.Name == projection.To);
        if (post is not null && (post.Kind != PopulationKind.Identity || post.Size != patches.FeatureCount))
        {
            Add($"{field}", $"the postsynaptic population of patches is of kind 'identity' with filters × (grid² + peaks²) = {patches.FeatureCount} units");
        }

        if (projection.Rule is not (null or PatchCompetitionRuleSpec))
        {
            Add(field, "filters over patches learn by 'patchCompetition' or stay as drawn");
        }

        if (projection.Rule is not null && patches.FormingEvents == 0)
        {
            Add($"{field}.formingEvents", "filters that learn must have formed: give 1 or more events, or take the rule out");
        }

        if (projection.Transforms.OfType<ElasticAnchorSpec>().Any(anchor => anchor.Scope == AnchorScope.Every))
        {
            Add(field, "filters over patches need an anchor with scope 'proposed'");
        }
    }

    private void CheckFerns(string field, FernConnectionSpec ferns, ProjectionSpec projection, ModelSpec spec)
    {
        Range($"{field}.ferns", ferns.Ferns, 1, 4096);
        Range($"{field}.depth", ferns.Depth, 1, 10);
        Range($"{field}.interval", ferns.Interval, 1, 10_000);
        if (_errors.Count > 0)
        {
            return;
        }

        var post = spec.Network.Populations.FirstOrDefault(population => population.Name == projection.To);
        if (post is not null && (post.Kind != PopulationKind.Identity || post.Size != ferns.CellCount()))
        {
            Add(field, $"the postsynaptic population of ferns is of kind 'identity' with one unit a cell = {ferns.CellCount()} units");
        }

        if (projection.Rule is not null)
        {
            Add(field, "ferns keep the questions they drew; take the rule out");
        }
    }

    private void CheckInitial(string field, ProjectionSpec projection, ModelSpec spec)
    {
        if (projection.Initial is GaussianWeightsSpec gaussian)
        {
            Range($"{field}.scale", gaussian.Scale, 1e-6, 1e6);
            Range($"{field}.biasScale", gaussian.BiasScale, 0, 1e6);
        }

        if (projection.Initial is SparseWeightsSpec sparse)
        {
            var pre = spec.Network.Populations.FirstOrDefault(population => population.Name == projection.From);
            Range($"{field}.scale", sparse.Scale, 1e-6, 1e6);
            Range($"{field}.inputs", sparse.Inputs, 1, pre == spec.Network.Populations[0] ? InputShape.Of(spec.Input).Units : pre?.Size ?? 1);
        }

        if (projection.Initial is FourierWeightsSpec fourier)
        {
            Range($"{field}.lengthScale", fourier.LengthScale, 1e-6, 1e6);
            if (spec.Network.Populations.FirstOrDefault(population => population.Name == projection.From) is { Bias: false })
            {
                Add($"{field}.kind", "fourier weights draw their phases for the bias unit: set bias on the presynaptic population");
            }

            if (spec.Network.Populations.FirstOrDefault(population => population.Name == projection.To) is { Kind: not PopulationKind.Cosine })
            {
                Add($"{field}.kind", "fourier weights are the frequencies of a population of kind 'cosine'");
            }
        }

        if (projection.Initial is LocalWeightsSpec local)
        {
            Range($"{field}.scale", local.Scale, 1e-6, 1e6);
            Range($"{field}.biasScale", local.BiasScale, 0, 1e6);
            if (spec.Input.Kind != InputKind.Image || projection.From != spec.Network.Populations[0].Name)
            {
                Add($"{field}.kind", "local receptive fields need an input of kind 'image' as the presynaptic population");
            }
            else
            {
                Range($"{field}.field", local.Field, 1, Math.Min(spec.Input.Height!.Value, spec.Input.Width!.Value));
            }
        }
    }

    private void CheckRule(string field, ProjectionSpec projection, NetworkSpec network, bool toHead)
    {
        switch (projection.Rule)
        {
            case null when projection.Transforms.Count > 0:
                Add(field, "transforms bend what a rule proposes; name a rule or take the transforms out");
                break;
            case CreditRuleSpec or NormalisedRuleSpec when network.Credit is NoCreditSpec && !toHead:
                Add(field, "the credit rule below the head needs a credit assigner; use credit 'backprop'");
                break;
            case PatchCompetitionRuleSpec patches:
                Range($"{field}.patches", patches.Patches, 1, 64);
                break;
            case CompetitiveRuleSpec competitive:
                Range($"{field}.winners", competitive.Winners, 1, 1 << 20);
                break;
            case SupervisedHebbRuleSpec hebb:
                Range($"{field}.bound", hebb.Bound, 1e-6, 1e6);
                CheckTaught(field, "supervisedHebb", network, toHead);
                break;
            case PrototypeRuleSpec prototypes:
                Range($"{field}.rate", prototypes.Rate, 0, 1);
                Range($"{field}.repulsion", prototypes.Repulsion, 0, 1);
                CheckTaught(field, "prototypes", network, toHead);
                break;
            case DiscriminantRuleSpec discriminant:
                Range($"{field}.shrinkage", discriminant.Shrinkage, 1e-6, 1e6);
                CheckTaught(field, "discriminant", network, toHead);
                CheckDiscriminant(field, projection, network);
                break;
            case RecursiveLeastSquaresRuleSpec squares:
                Range($"{field}.ridge", squares.Ridge, 1e-6, 1e6);
                Range($"{field}.block", squares.Block, 1, 64);
                Range($"{field}.forgetting", squares.Forgetting, 0.5, 1);
                Range($"{field}.forgettingDepth", squares.ForgettingDepth, 0, Math.Max(0, squares.Forgetting - 0.5));
                Modulator($"{field}.forgettingModulator", squares.ForgettingModulator, network);
                if (!toHead)
                {
                    Add(field, "recursive least squares learns a readout: its projection runs to a population that the head reads");
                }

                if (network.Projections.Count(other => other.To == projection.To && other.Rule is RecursiveLeastSquaresRuleSpec) > 1)
                {
                    Add(field, "only one projection to a population can learn by recursive least squares");
                }

                break;
        }
    }

    private void CheckTransforms(string field, ProjectionSpec projection, NetworkSpec network)
    {
        for (var i = 0; i < projection.Transforms.Count; i++)
        {
            var at = $"{field}.transforms[{i}]";
            switch (projection.Transforms[i])
            {
                case LearningRateSpec rate:
                    Range($"{at}.rate", rate.Rate, 0, 10);
                    Range($"{at}.halfLife", rate.HalfLife, 1, 1e12);
                    break;
                case MomentumSpec momentum:
                    Range($"{at}.decay", momentum.Decay, 0, 0.9999);
                    break;
                case AdamSpec adam:
                    Range($"{at}.rate", adam.Rate, 0, 10);
                    Range($"{at}.beta1", adam.Beta1, 0, 0.9999);
                    Range($"{at}.beta2", adam.Beta2, 0, 0.999999);
                    Range($"{at}.epsilon", adam.Epsilon, 1e-30, 1);
                    break;
                case AdaGradSpec adaGrad:
                    Range($"{at}.rate", adaGrad.Rate, 0, 10);
                    Range($"{at}.decay", adaGrad.Decay, 1e-6, 1);
                    Range($"{at}.epsilon", adaGrad.Epsilon, 1e-30, 1e6);
                    break;
                case ClipSpec clip:
                    Range($"{at}.limit", clip.Limit, 1e-30, 1e9);
                    break;
                case ModulateBySpec modulate:
                    Range($"{at}.floor", modulate.Floor, 0, 100);
                    Range($"{at}.gain", modulate.Gain, -100, 100);
                    Modulator($"{at}.modulator", modulate.Modulator, network);
                    break;
                case ImportanceSpec when i != 0:
                    Add(at, "observeFisher, observePath and observeSensitivity watch the raw proposal: one of them comes first and once");
                    break;
                case ImportanceSpec or MetaplasticSpec or CascadeSpec:
                    CheckProtection(at, i, projection);
                    break;
                case ElasticAnchorSpec anchor:
                    Range($"{at}.strength", anchor.Strength, 0, 1e9);
                    Range($"{at}.decay", anchor.Decay, 0, 1);
                    if (projection.Rule is CompetitiveRuleSpec && anchor.Scope == AnchorScope.Every)
                    {
                        Add($"{at}.scope", "a competitive rule changes its winners only: use scope 'proposed'");
                    }

                    if (projection.Transforms[0] is not ImportanceSpec)
                    {
                        Add(at, "elasticAnchor needs to know what matters: begin the chain with observeFisher, observePath or observeSensitivity");
                    }

                    if (i != projection.Transforms.Count - 1)
                    {
                        Add(at, "elasticAnchor comes last and once, or what follows would bend its pull");
                    }

                    break;
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

    private void CheckHead(NetworkSpec network, TargetSpec target)
    {
        var kind = network.Head is RegressionHeadSpec ? TargetKind.Value : TargetKind.Label;
        if (kind != target.Kind)
        {
            Add("network.head.kind", target.Kind == TargetKind.Label ? "labels need head 'softmax', 'leastSquares', 'hinge' or 'ensemble'" : "values need head 'regression'");
        }

        if (network.Head is LeastSquaresHeadSpec squares)
        {
            Range("network.head.contexts", squares.Contexts, 1, 16);
            Modulator("network.head.contextModulator", squares.ContextModulator, network);
            if (squares.Contexts > 1 && squares.ContextModulator is null)
            {
                Add("network.head.contextModulator", "contexts open while a modulator is raised: name one of kind 'unexpectedUncertainty', or keep one context");
            }
        }

        if (network.Head is not EnsembleHeadSpec ensemble)
        {
            return;
        }

        Range("network.head.members", ensemble.Members.Count, 2, 32);
        Range("network.head.fastRate", ensemble.FastRate, 1e-9, 1);
        Range("network.head.slowRate", ensemble.SlowRate, 1e-9, 1);
        Range("network.head.memory", ensemble.Memory, 1, 1e9);
        for (var i = 0; i < ensemble.Members.Count; i++)
        {
            var member = ensemble.Members[i];
            if (network.Populations.Skip(1).All(population => population.Name != member.Population))
            {
                Add($"network.head.members[{i}].population", $"there is no population '{member.Population}' after the input");
            }
            else if (ensemble.Members.Take(i).Any(other => other.Population == member.Population))
            {
                Add($"network.head.members[{i}].population", $"population '{member.Population}' is read by another member; each has its own");
            }

            if (member.Head is not (SoftmaxHeadSpec or LeastSquaresHeadSpec or HingeHeadSpec))
            {
                Add($"network.head.members[{i}].head.kind", "a member has head 'softmax', 'leastSquares' or 'hinge'");
            }

            if (member.Head is LeastSquaresHeadSpec { Contexts: not 1 })
            {
                Add($"network.head.members[{i}].head.contexts", "a member has one context; contexts belong to a head that answers alone");
            }
        }
    }

    private void CheckMaintenance(string field, MaintenanceSpec maintenance, NetworkSpec network)
    {
        if (maintenance is ReplaySpec replay)
        {
            CheckReplay(field, replay, network);
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
        var counts = spec.Network.Populations.Select((population, i) => i == 0 ? input.Units : read.Contains(population.Name) ? outputs : population.Size!.Value).ToArray();
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
            post *= projection.Connection is PrototypeConnectionSpec prototypes ? prototypes.PerClass : 1;
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

            if (projection.Rule is OjaRuleSpec or CompetitiveRuleSpec && pre > 1 << 20)
            {
                Add($"network.projections[{i}].rule", "a rule that changes silent rows too needs a presynaptic population of at most 2^20 units");
            }
        }
    }

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
