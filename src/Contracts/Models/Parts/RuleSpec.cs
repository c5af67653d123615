using System.Text.Json.Serialization;

namespace LifelongApi.Contracts.Models.Parts;

/// <summary>What a synapse proposes at each event.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(CreditRuleSpec), "credit")]
[JsonDerivedType(typeof(NormalisedRuleSpec), "normalised")]
[JsonDerivedType(typeof(HebbRuleSpec), "hebb")]
[JsonDerivedType(typeof(OjaRuleSpec), "oja")]
[JsonDerivedType(typeof(CompetitiveRuleSpec), "competitive")]
[JsonDerivedType(typeof(PatchCompetitionRuleSpec), "patchCompetition")]
[JsonDerivedType(typeof(RecursiveLeastSquaresRuleSpec), "recursiveLeastSquares")]
[JsonDerivedType(typeof(SupervisedHebbRuleSpec), "supervisedHebb")]
[JsonDerivedType(typeof(DiscriminantRuleSpec), "discriminant")]
[JsonDerivedType(typeof(PrototypeRuleSpec), "prototypes")]
[JsonDerivedType(typeof(ClusterRuleSpec), "clusters")]
[JsonDerivedType(typeof(HomeostaticRuleSpec), "homeostatic")]
public abstract record RuleSpec;

/// <summary>Presynaptic activity times postsynaptic credit: the gradient step of whatever assigned the credit.</summary>
public sealed record CreditRuleSpec : RuleSpec
{
    /// <summary>
    /// Changes that wait before the weights take them in, 2 … 32; answers and credit count them in at once, so every event is learned as without it, up to rounding.
    /// A large matrix is then changed once for several events. For a dense connection with transforms that are a factor (<c>learningRate</c>, <c>modulateBy</c>). Null: none wait.
    /// </summary>
    public int? Pending { get; init; }

    /// <summary>
    /// Learned events of a mini-batch, 2 … 256: weights stay as they are until its last event, which applies the mean of the proposals through the transforms.
    /// For a dense connection without transforms that watch or protect single events. Null: every event is applied by itself.
    /// </summary>
    public int? Batch { get; init; }
}

/// <summary>
/// Nagumo and Noda 1967: the credit rule over the squared length of the input, Δw = x δ / ‖x‖². With a rate of 1 the error of a linear unit vanishes;
/// with head <c>hinge</c> and a rate of ½ it is the passive-aggressive learner of Crammer et al. 2006.
/// </summary>
public sealed record NormalisedRuleSpec : RuleSpec;

/// <summary>Hebb 1949: Δw = x y.</summary>
public sealed record HebbRuleSpec : RuleSpec;

/// <summary>Oja 1982: Δw = y (x − y w).</summary>
public sealed record OjaRuleSpec : RuleSpec;

/// <summary>Rumelhart and Zipser 1985: the <c>winners</c> most active units move towards the input, Δw = x·‖w‖/‖x‖ − w; the others stay.</summary>
public sealed record CompetitiveRuleSpec : RuleSpec
{
    /// <summary>How many units win per event, 1 or more.</summary>
    public int Winners { get; init; } = 1;

    /// <summary>Whether only synapses from active units turn: what an event does not name says nothing about the rest, and a winner costs what is active, not what exists.</summary>
    public bool ActiveOnly { get; init; }
}

/// <summary>
/// For a connection of kind <c>patches</c> or <c>fields</c>: of a few patches, or fields, per event each turns the filter that answers most towards it (Oja 1982; for patches in whitened space).
/// </summary>
public sealed record PatchCompetitionRuleSpec : RuleSpec
{
    /// <summary>Patches or fields drawn per event, 1 … 64.</summary>
    public int Patches { get; init; } = 4;
}

/// <summary>
/// Recursive least squares, the exact form of online EWC with a full Fisher matrix on a linear readout.
/// Forgetting is directional (Kulhavý 1987): only the direction that the event excites is forgotten.
/// </summary>
public sealed record RecursiveLeastSquaresRuleSpec : RuleSpec
{
    /// <summary>Initial precision of every weight (ridge), above 0. P starts as identity / ridge.</summary>
    public float Ridge { get; init; } = 1f;

    /// <summary>Forgetting factor per event where nothing surprises, in (0, 1]. 1 never forgets.</summary>
    public float Forgetting { get; init; } = 1f;

    /// <summary>Name of the modulator whose level lowers the forgetting factor; null: none.</summary>
    public string? ForgettingModulator { get; init; }

    /// <summary>How much a modulator level of 1 takes off the forgetting factor, in [0, 1).</summary>
    public float ForgettingDepth { get; init; }

    /// <summary>
    /// Learned events that are applied together, 1 … 64. Above 1 the weights change at the end of each block only, to what single events would have made them;
    /// a large P is then read once for several events.
    /// </summary>
    public int Block { get; init; } = 1;

    /// <summary>
    /// Updates that wait before P takes them in, 1 … 16; without meaning where <see cref="Block"/> is above 1. Each keeps a vector: 1 saves memory where P is small, 16 saves time where it is large.
    /// </summary>
    public int Pending { get; init; } = 16;
}

/// <summary>Hebb's rule with the teaching signal in place of the postsynaptic activity: only synapses to the right class change (Shen, Dasgupta and Navlakha 2021).</summary>
public sealed record SupervisedHebbRuleSpec : RuleSpec
{
    /// <summary>Soft bound of a weight, above 0: the change shrinks to nothing as the weight nears it. Null: none.</summary>
    public float? Bound { get; init; }
}

/// <summary>Streaming linear discriminant analysis (Hayes and Kanan 2020): running class means and one shared covariance. Takes no transforms; the presynaptic population has a bias.</summary>
public sealed record DiscriminantRuleSpec : RuleSpec
{
    /// <summary>Shrinkage: the shared covariance starts as this times the identity, with the weight of one example. Above 0.</summary>
    public float Shrinkage { get; init; } = 1f;
}

/// <summary>
/// Prototypes that turn by competition (Kohonen 1990): the right class's nearest one towards the input, a rival that was nearer away from it. For a connection of kind <c>prototypes</c>;
/// takes no transforms. With one prototype a class, rate 0 and repulsion 0 it is the nearest class mean (Mensink et al. 2013).
/// </summary>
public sealed record PrototypeRuleSpec : RuleSpec
{
    /// <summary>Least share of the way to the input that a prototype turns, 0 … 1; it turns by 1 / (n + 1) while that is more. 0: running means.</summary>
    public float Rate { get; init; }

    /// <summary>How far a nearer prototype of another class is pushed away, as a share of the turn, 0 … 1.</summary>
    public float Repulsion { get; init; }
}

/// <summary>
/// Clusters by competition, with discounting (MacQueen 1967; Yamanishi et al. 2004): the likeliest cluster's mean and spread move towards the event, less the more surprising the event is.
/// For a connection of kind <c>clusters</c>; takes no transforms.
/// </summary>
public sealed record ClusterRuleSpec : RuleSpec
{
    /// <summary>Least share of the way to the event that a cluster moves, above 0, at most 1; it moves by 1 / (n + 1) while that is more.</summary>
    public float Rate { get; init; } = 0.01f;

    /// <summary>Events between two new clusters while there are fewer than units, 1 … 10,000.</summary>
    public int Interval { get; init; } = 10;

    /// <summary>Modulator whose level opens the gate for surprising events again (unexpected uncertainty); null: a surprise never teaches much.</summary>
    public string? OpeningModulator { get; init; }
}

/// <summary>
/// Thresholds move so that every unit answers to its share of the events (Földiák 1990): Δb = share − [drive &gt; 0]. Shares are spread evenly over the units from the least to the largest.
/// For a connection of kind <c>hashed</c> to a population of kind <c>relu</c>.
/// </summary>
public sealed record HomeostaticRuleSpec : RuleSpec
{
    /// <summary>Share of the events of the unit that answers least, above 0, below 1.</summary>
    public float LeastShare { get; init; } = 0.25f;

    /// <summary>Share of the events of the unit that answers most, at least the least one, below 1.</summary>
    public float LargestShare { get; init; } = 0.75f;
}
