using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Rules;

namespace LifelongApi.Learning.Compilation;

/// <content>Rules and the transforms behind them.</content>
internal sealed partial class SpecValidator
{
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
            case CreditRuleSpec credit:
                CheckTogether(field, credit, projection, network);
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
                Range($"{field}.pending", squares.Pending, 1, RecursiveLeastSquaresRule.PendingLimit);
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

    /// <summary>Events that the credit rule takes together: the queue of exact changes, the mini-batch.</summary>
    private void CheckTogether(string field, CreditRuleSpec credit, ProjectionSpec projection, NetworkSpec network)
    {
        if (credit is { Pending: null, Batch: null })
        {
            return;
        }

        var name = credit.Pending is null ? "batch" : "pending";
        Range($"{field}.pending", credit.Pending, 2, 32);
        Range($"{field}.batch", credit.Batch, 2, 256);
        if (credit is { Pending: not null, Batch: not null })
        {
            Add($"{field}.batch", "either each event is learned exactly and its change waits, or the mean of a batch is learned: leave pending or batch out");
        }

        if (projection.Connection is not DenseConnectionSpec { Normalise: false })
        {
            Add($"{field}.{name}", "only all-to-all synapses that are not normalised learn for several events together; leave it out");
        }

        if (projection.From == network.Populations[0].Name && _input is InputKind.Named or InputKind.Sparse)
        {
            Add($"{field}.{name}", "an event of named or sparse features touches few weights, so that nothing is gained by waiting; leave it out");
        }

        foreach (var transform in projection.Transforms)
        {
            if (credit.Pending is not null && transform is not (LearningRateSpec or ModulateBySpec))
            {
                Add($"{field}.pending", "a change that waits is multiplied by learningRate and modulateBy only; take the other transforms out, or pending");
                break;
            }

            if (credit.Batch is not null && transform is ImportanceSpec or ElasticAnchorSpec or MetaplasticSpec or CascadeSpec)
            {
                Add($"{field}.batch", "what watches or protects synapses does it at every event; take that transform out, or batch");
                break;
            }
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
                    if (rate.Restarts && (rate.HalfLife is null || !network.Maintenance.Any(maintenance => maintenance is ConsolidationSpec)))
                    {
                        Add($"{at}.restarts", "a rate restarts after each consolidation what its halfLife took: give a halfLife, and a 'consolidation' in network.maintenance");
                    }

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
                    CheckProtection(at, i, projection, network);
                    break;
                case ElasticAnchorSpec anchor:
                    Range($"{at}.strength", anchor.Strength, 0, 1e9);
                    Range($"{at}.decay", anchor.Decay, 0, 1);
                    Range($"{at}.interval", anchor.Interval, 1, 1024);
                    if (anchor.Interval > 1 && (projection.Rule is not CreditRuleSpec || anchor.Scope != AnchorScope.Every))
                    {
                        Add($"{at}.interval", "a pull at intervals needs rule 'credit' and scope 'every'");
                    }

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
}
