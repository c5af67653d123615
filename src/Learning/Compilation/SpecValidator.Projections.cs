using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;

namespace LifelongApi.Learning.Compilation;

/// <content>Projections: ends, connections, first weights.</content>
internal sealed partial class SpecValidator
{
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
        CheckClusters(field, projection, spec.Network);
        CheckHashed(field, projection, spec.Network);
        if (projection.Connection is FernConnectionSpec ferns)
        {
            CheckFerns(field, ferns, projection, spec);
        }

        if (projection.Connection is FunctionalLinkConnectionSpec link)
        {
            CheckLink(field, link, projection, spec);
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

    private void CheckHashed(string field, ProjectionSpec projection, NetworkSpec network)
    {
        var rule = $"{field[..^".connection".Length]}.rule";
        if (projection.Rule is HomeostaticRuleSpec homeostatic)
        {
            Range($"{rule}.leastShare", homeostatic.LeastShare, 0.001, 0.999);
            Range($"{rule}.largestShare", homeostatic.LargestShare, 0.001, 0.999);
            if (homeostatic.LeastShare > homeostatic.LargestShare)
            {
                Add($"{rule}.leastShare", "is above largestShare; exchange them");
            }

            if (projection.Connection is not HashedConnectionSpec)
            {
                Add(field, "thresholds are the weights of a connection of kind 'hashed': the rule 'homeostatic' needs one");
            }

            if (network.Populations.FirstOrDefault(population => population.Name == projection.To) is { Kind: not PopulationKind.Relu })
            {
                Add(rule, "a unit answers where its drive is above 0: the rule 'homeostatic' needs a postsynaptic population of kind 'relu'");
            }
        }

        if (projection.Connection is not HashedConnectionSpec hashed)
        {
            return;
        }

        Range($"{field}.scale", hashed.Scale, 1e-6, 1e6);
        Range($"{field}.sparsity", hashed.Sparsity, 1, 64);
        Range($"{field}.biasScale", hashed.BiasScale, 0, 1e6);
        if (projection.From != network.Populations[0].Name || HeadOutputs.Of(network).Contains(projection.To))
        {
            Add(field, "hashed signs run from the input to a population that the head does not read");
        }

        if (projection.Rule is not (null or HomeostaticRuleSpec))
        {
            Add(field, "hashed signs are never stored, so they cannot learn: use the rule 'homeostatic', which moves thresholds, or none");
        }

        if (projection.Transforms.OfType<ElasticAnchorSpec>().Any(anchor => anchor.Scope == AnchorScope.Every))
        {
            Add(field, "thresholds need an anchor with scope 'proposed'");
        }

        if (projection.Initial is not ZeroWeightsSpec)
        {
            Add($"{field[..^".connection".Length]}.initial", "hashed signs are not drawn by initial weights; leave initial out and use scale and biasScale");
        }
    }

    private void CheckLink(string field, FunctionalLinkConnectionSpec link, ProjectionSpec projection, ModelSpec spec)
    {
        var pre = spec.Network.Populations.FirstOrDefault(population => population.Name == projection.From);
        var post = spec.Network.Populations.FirstOrDefault(population => population.Name == projection.To);
        var units = pre == spec.Network.Populations[0] ? InputShape.Of(spec.Input).Units : pre?.Size ?? 1;
        Range($"{field}.inputs", link.Inputs, 1, Math.Min(256, units));
        Range($"{field}.formingEvents", link.FormingEvents, 2, 10_000);
        if (post is not null && (post.Kind != PopulationKind.Identity || HeadOutputs.Of(spec.Network).Contains(post.Name) || post.Size <= units))
        {
            Add(field, $"the postsynaptic population of a functional link is of kind 'identity', is not read by the head, and has more than the {units} units that it copies");
        }

        if (projection.Rule is not null)
        {
            Add(field, "a functional link keeps what it drew; take the rule out");
        }

        if (spec.Network.Credit is not NoCreditSpec)
        {
            Add(field, "a functional link carries no credit back: set credit to 'none'");
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
}
