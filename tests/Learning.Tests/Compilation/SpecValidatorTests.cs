using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Learning.Recipes;
using LifelongApi.Learning.Tests.Conformance;

namespace LifelongApi.Learning.Tests.Compilation;

public sealed class SpecValidatorTests
{
    private static readonly InputSpec Named = new() { Kind = InputKind.Named, HashBits = 6 };
    private static readonly ModelSpec Good = ConformanceCases.ByName["elastic"];

    /// <summary>One mistake each, with the field that must be named.</summary>
    private static readonly Dictionary<string, (string Field, Func<ModelSpec> Make)> Mistakes = new()
    {
        ["size missing"] = ("input.size", () => Good with { Input = new InputSpec { Kind = InputKind.Vector } }),
        ["size zero"] = ("input.size", () => Good with { Input = Good.Input with { Size = 0 } }),
        ["size huge"] = ("input.size", () => Good with { Input = Good.Input with { Size = (1 << 24) + 1 } }),
        ["vector with height"] = ("input.height", () => Good with { Input = Good.Input with { Height = 4 } }),
        ["vector with width"] = ("input.width", () => Good with { Input = Good.Input with { Width = 4 } }),
        ["vector with channels"] = ("input.channels", () => Good with { Input = Good.Input with { Channels = 4 } }),
        ["vector with hash bits"] = ("input.hashBits", () => Good with { Input = Good.Input with { HashBits = 8 } }),
        ["vector with max active"] = ("input.maxActive", () => Good with { Input = Good.Input with { MaxActive = 8 } }),
        ["image with size"] = ("input.size", () => Good with { Input = new InputSpec { Kind = InputKind.Image, Height = 2, Width = 2, Size = 4 } }),
        ["image without width"] = ("input.width", () => Good with { Input = new InputSpec { Kind = InputKind.Image, Height = 2 } }),
        ["image too large"] = ("input", () => Good with { Input = new InputSpec { Kind = InputKind.Image, Height = 4096, Width = 4096, Channels = 2 } }),
        ["named without bits"] = ("input.hashBits", () => Good with { Input = new InputSpec { Kind = InputKind.Named } }),
        ["named by scale"] = ("input.standardise", () => Good with { Input = new InputSpec { Kind = InputKind.Named, HashBits = 6, Standardise = Standardisation.Scale } }),
        ["lag of a vector"] = ("input.lags", () => Good with { Input = Good.Input with { Lags = [new LagSpec { Feature = "a" }] } }),
        ["elapsed of a vector"] = ("input.elapsed", () => Good with { Input = Good.Input with { Elapsed = [HistoryScope.Entity] } }),
        ["lag of nothing"] = ("input.lags[0].feature", () => Good with { Input = Named with { Lags = [new LagSpec { Feature = "" }] } }),
        ["lag of zero"] = ("input.lags[0].steps", () => Good with { Input = Named with { Lags = [new LagSpec { Feature = "a", Steps = 0 }] } }),
        ["lag twice"] = ("input.lags[1]", () => Good with { Input = Named with { Lags = [new LagSpec { Feature = "a" }, new LagSpec { Feature = "a" }] } }),
        ["too many lags"] = ("input.lags", () => Good with { Input = Named with { Lags = [.. Enumerable.Range(1, 65).Select(steps => new LagSpec { Feature = "a", Steps = steps })] } }),
        ["window of one"] = ("input.windows[0].events", () => Good with { Input = Named with { Windows = [new WindowSpec { Feature = "a", Events = 1 }] } }),
        ["window without age"] = ("input.windows[0].seconds", () => Good with { Input = Named with { Windows = [new WindowSpec { Feature = "a", Events = 4, Seconds = 0 }] } }),
        ["elapsed twice"] = ("input.elapsed[1]", () => Good with { Input = Named with { Elapsed = [HistoryScope.Stream, HistoryScope.Stream] } }),
        ["history of nobody"] = ("input.historyEntities", () => Good with { Input = Named with { Elapsed = [HistoryScope.Stream], HistoryEntities = 0 } }),
        ["history of nothing"] = ("input.historyEntities", () => Good with { Input = Named with { HistoryEntities = 5 } }),
        ["history too large"] = ("input.historyEntities", () => Good with { Input = Named with { HistoryEntities = 65536, Lags = [new LagSpec { Feature = "a", Steps = 1024 }] } }),
        ["lateness below zero"] = ("input.order.latenessSeconds", () => Good with { Input = Named with { Order = new OrderSpec { LatenessSeconds = -1 } } }),
        ["nothing to ignore for"] = ("input.order.late", () => Good with { Input = Named with { Order = new OrderSpec { Late = LatePolicy.IgnoreForWindows } } }),
        ["sparse per feature"] = ("input.standardise", () => Good with { Input = new InputSpec { Kind = InputKind.Sparse, Size = 6, Standardise = Standardisation.PerFeature } }),
        ["one class"] = ("target.maxClasses", () => Good with { Target = new TargetSpec { Kind = TargetKind.Label, MaxClasses = 1 } }),
        ["label with size"] = ("target.size", () => Good with { Target = Good.Target with { Size = 2 } }),
        ["value with classes"] = ("target.maxClasses", () => Good with { Target = new TargetSpec { Kind = TargetKind.Value, MaxClasses = 2 } }),
        ["head of the other kind"] = ("network.head.kind", () => Network(n => n with { Head = new RegressionHeadSpec() })),
        ["first population not input"] = ("network.populations[0].kind", () => Populations(p => p with { Kind = PopulationKind.Relu }, 0)),
        ["hidden without size"] = ("network.populations[1].size", () => Populations(p => p with { Size = null }, 1)),
        ["input with size"] = ("network.populations[0].size", () => Populations(p => p with { Size = 3 }, 0)),
        ["last with size"] = ("network.populations[3].size", () => Populations(p => p with { Size = 3 }, 3)),
        ["last not identity"] = ("network.populations[3].kind", () => Populations(p => p with { Kind = PopulationKind.Relu }, 3)),
        ["bad name"] = ("network.populations[1].name", () => Populations(p => p with { Name = "a b" }, 1)),
        ["name twice"] = ("network.populations[2].name", () => Populations(p => p with { Name = "lower" }, 2)),
        ["one population"] = ("network.populations", () => Network(n => n with { Populations = [n.Populations[0]] })),
        ["from nowhere"] = ("network.projections[0].from", () => Projections(p => p with { From = "nowhere" }, 0)),
        ["to nowhere"] = ("network.projections[0].to", () => Projections(p => p with { To = "nowhere" }, 0)),
        ["backwards"] = ("network.projections[0].to", () => Projections(p => p with { From = "upper", To = "lower" }, 0)),
        ["no input"] = ("network.projections", () => Network(n => n with { Projections = [n.Projections[0], n.Projections[2]] })),
        ["projection name twice"] = ("network.projections[1].name", () => Projections(p => p with { Name = "a" }, 1)),
        ["transforms without rule"] = ("network.projections[0].rule", () => Projections(p => p with { Rule = null }, 0)),
        ["credit without assigner"] = ("network.projections[0].rule", () => Network(n => n with { Credit = new NoCreditSpec() })),
        ["squares below the head"] = ("network.projections[0].rule", () => Rule(new RecursiveLeastSquaresRuleSpec())),
        ["ridge zero"] = ("network.projections[0].rule.ridge", () => Rule(new RecursiveLeastSquaresRuleSpec { Ridge = 0 })),
        ["no block"] = ("network.projections[0].rule.block", () => Rule(new RecursiveLeastSquaresRuleSpec { Block = 0 })),
        ["block too long"] = ("network.projections[0].rule.block", () => Rule(new RecursiveLeastSquaresRuleSpec { Block = 65 })),
        ["forgetting all"] = ("network.projections[0].rule.forgetting", () => Rule(new RecursiveLeastSquaresRuleSpec { Forgetting = 0.1f })),
        ["forgetting too deep"] = ("network.projections[0].rule.forgettingDepth", () => Rule(new RecursiveLeastSquaresRuleSpec { ForgettingDepth = 0.6f })),
        ["forgetting by nobody"] = ("network.projections[0].rule.forgettingModulator", () => Rule(new RecursiveLeastSquaresRuleSpec { ForgettingModulator = "nobody" })),
        ["no winners"] = ("network.projections[0].rule.winners", () => Rule(new CompetitiveRuleSpec { Winners = 0 })),
        ["two squares"] = ("network.projections[2].rule", () => Network(n => n with { Projections = [.. n.Projections.Select((p, i) => i < 2 ? p : p with { Rule = new RecursiveLeastSquaresRuleSpec(), Transforms = [] })] })),
        ["gaussian scale"] = ("network.projections[0].initial.scale", () => Projections(p => p with { Initial = new GaussianWeightsSpec { Scale = 0 } }, 0)),
        ["gaussian bias"] = ("network.projections[0].initial.biasScale", () => Projections(p => p with { Initial = new GaussianWeightsSpec { BiasScale = -1 } }, 0)),
        ["fourier scale"] = ("network.projections[0].initial.lengthScale", () => Projections(p => p with { Initial = new FourierWeightsSpec { LengthScale = 0 } }, 0)),
        ["fourier before another kind"] = ("network.projections[0].initial.kind", () => Projections(p => p with { Initial = new FourierWeightsSpec() }, 0)),
        ["fourier without phases"] = ("network.projections[0].initial.kind", () => Network(n => n with { Populations = [n.Populations[0] with { Bias = false }, n.Populations[1] with { Kind = PopulationKind.Cosine }, .. n.Populations.Skip(2)], Projections = [n.Projections[0] with { Initial = new FourierWeightsSpec() }, .. n.Projections.Skip(1)] })),
        ["local without image"] = ("network.projections[0].initial.kind", () => Projections(p => p with { Initial = new LocalWeightsSpec() }, 0)),
        ["local field too wide"] = ("network.projections[0].initial.field", () => Projections(p => p with { Initial = new LocalWeightsSpec { Field = 9 } }, 0) with { Input = new InputSpec { Kind = InputKind.Image, Height = 8, Width = 8 } }),
        ["path damping zero"] = ("network.projections[0].transforms[0].damping", () => Transforms(new ObservePathSpec { Damping = 0 })),
        ["path not first"] = ("network.projections[0].transforms[1]", () => Transforms(new ClipSpec { Limit = 1 }, new ObservePathSpec())),
        ["two observers"] = ("network.projections[0].transforms[1]", () => Transforms(new ObserveFisherSpec(), new ObserveSensitivitySpec())),
        ["metaplastic backwards"] = ("network.projections[0].transforms[0].strength", () => Transforms(new MetaplasticSpec { Strength = -1 })),
        ["cascade of nothing"] = ("network.projections[0].transforms[0].variables", () => Transforms(new CascadeSpec { Variables = 0 })),
        ["cascade too fast"] = ("network.projections[0].transforms[0].rate", () => Transforms(new CascadeSpec { Rate = 1 })),
        ["cascade without ratio"] = ("network.projections[0].transforms[0].ratio", () => Transforms(new CascadeSpec { Ratio = 1 })),
        ["cascade not last"] = ("network.projections[0].transforms[0]", () => Transforms(new CascadeSpec(), new ClipSpec { Limit = 1 })),
        ["sensitivity without credit"] = ("network.projections[0].transforms[0]", () => Projections(p => p with { Rule = new HebbRuleSpec(), Transforms = [new ObserveSensitivitySpec()] }, 0)),
        ["fields not in fours"] = ("network.projections[0].connection.fields", () => Fields(connection => connection with { Fields = 10 })),
        ["fields larger than the input"] = ("network.projections[0].connection.inputs", () => Fields(connection => connection with { Inputs = 31 })),
        ["smallest field larger than the largest"] = ("network.projections[0].connection.leastInputs", () => Fields(connection => connection with { LeastInputs = 10 })),
        ["fields from too few events"] = ("network.projections[0].connection.formingEvents", () => Fields(connection => connection with { FormingEvents = 8 })),
        ["fields from events not in eighths"] = ("network.projections[0].connection.formingEvents", () => Fields(connection => connection with { FormingEvents = 20 })),
        ["fields and fewer units"] = ("network.projections[0].connection", () => Fields(connection => connection with { Random = 4 })),
        ["fields by Hebb"] = ("network.projections[0].connection", () => Fields(connection => connection, projection => projection with { Rule = new HebbRuleSpec(), Transforms = [] })),
        ["fields with an anchor on every weight"] = ("network.projections[0].connection", () => Fields(connection => connection, projection => projection with { Transforms = [new ObserveFisherSpec(), new ElasticAnchorSpec { Strength = 1f }] })),
        ["patches compete without filters"] = ("network.projections[0].connection", () => Fields(connection => connection, projection => projection with { Connection = new DenseConnectionSpec() })),
        ["binary gain"] = ("network.projections[0].connection.gain", () => Projections(p => p with { Connection = new BinaryConnectionSpec { Gain = 0 }, Transforms = [] }, 0)),
        ["binary by Hebb"] = ("network.projections[0].connection", () => Projections(p => p with { Connection = new BinaryConnectionSpec(), Rule = new HebbRuleSpec(), Transforms = [] }, 0)),
        ["binary with an anchor on every weight"] = ("network.projections[0].connection", () => Projections(p => p with { Connection = new BinaryConnectionSpec() }, 0)),
        ["distillation without consolidation"] = ("network.head.distillation", () => Network(n => n with { Head = new SoftmaxHeadSpec { Distillation = new DistillationSpec() }, Maintenance = [] })),
        ["distillation without temperature"] = ("network.head.distillation.temperature", () => Network(n => n with { Head = new SoftmaxHeadSpec { Distillation = new DistillationSpec { Temperature = 0 } } })),
        ["distillation in an ensemble"] = ("network.head.members", () => Ensemble(new SoftmaxHeadSpec { Distillation = new DistillationSpec() }, new CreditRuleSpec())),
        ["tasks in an ensemble"] = ("network.head.members", () => Ensemble(new SoftmaxHeadSpec { Scope = ClassScope.Task }, new CreditRuleSpec())),
        ["too many members of values"] = ("network.head.populations", () => Values(h => h with { Populations = [.. h.Populations, .. Enumerable.Repeat("linear", 32)] })),
        ["members of values twice"] = ("network.head.populations[8]", () => Values(h => h with { Populations = [.. h.Populations, "linear"] })),
        ["member of values nowhere"] = ("network.head.populations[8]", () => Values(h => h with { Populations = [.. h.Populations, "nowhere"] })),
        ["memory of values"] = ("network.head.memory", () => Values(h => h with { Memory = 0.5f })),
        ["rate of values"] = ("network.head.rate", () => Values(h => h with { Rate = 0 })),
        ["clip of values"] = ("network.head.clip", () => Values(h => h with { Clip = 0.5f })),
        ["values of labels"] = ("network.head.kind", () => Values(h => h) with { Target = new TargetSpec { Kind = TargetKind.Label, MaxClasses = 16 } }),
        ["sensitivity of an ensemble"] = ("network.head", () => Ensemble(new SoftmaxHeadSpec(), new CreditRuleSpec(), new ObserveSensitivitySpec())),
        ["distillation backwards"] = ("network.head.distillation.strength", () => Network(n => n with { Head = new SoftmaxHeadSpec { Distillation = new DistillationSpec { Strength = -1 } } })),
        ["rate negative"] = ("network.projections[0].transforms[0].rate", () => Transforms(new LearningRateSpec { Rate = -1 })),
        ["restarts without a half-life"] = ("network.projections[0].transforms[0].restarts", () => Transforms(new LearningRateSpec { Rate = 1, Restarts = true })),
        ["restarts without a consolidation"] = ("network.projections[0].transforms[0].restarts", () => WithoutMaintenance(Transforms(new LearningRateSpec { Rate = 1, HalfLife = 10, Restarts = true }))),
        ["half-life zero"] = ("network.projections[0].transforms[0].halfLife", () => Transforms(new LearningRateSpec { Rate = 1, HalfLife = 0 })),
        ["momentum one"] = ("network.projections[0].transforms[0].decay", () => Transforms(new MomentumSpec { Decay = 1 })),
        ["adam rate"] = ("network.projections[0].transforms[0].rate", () => Transforms(new AdamSpec { Rate = float.NaN })),
        ["adam beta1"] = ("network.projections[0].transforms[0].beta1", () => Transforms(new AdamSpec { Beta1 = 1 })),
        ["adam beta2"] = ("network.projections[0].transforms[0].beta2", () => Transforms(new AdamSpec { Beta2 = 1 })),
        ["adam epsilon"] = ("network.projections[0].transforms[0].epsilon", () => Transforms(new AdamSpec { Epsilon = 0 })),
        ["clip zero"] = ("network.projections[0].transforms[0].limit", () => Transforms(new ClipSpec { Limit = 0 })),
        ["modulated by nobody"] = ("network.projections[0].transforms[0].modulator", () => Transforms(new ModulateBySpec { Modulator = "nobody" })),
        ["floor negative"] = ("network.projections[0].transforms[0].floor", () => Transforms(new ModulateBySpec { Modulator = "ach", Floor = -1 })),
        ["gain huge"] = ("network.projections[0].transforms[0].gain", () => Transforms(new ModulateBySpec { Modulator = "ach", Gain = 1e4f })),
        ["fisher not first"] = ("network.projections[0].transforms[1]", () => Transforms(new LearningRateSpec { Rate = 1 }, new ObserveFisherSpec())),
        ["anchor without fisher"] = ("network.projections[0].transforms[0]", () => Transforms(new ElasticAnchorSpec { Strength = 1 })),
        ["anchor not last"] = ("network.projections[0].transforms[1]", () => Transforms(new ObserveFisherSpec(), new ElasticAnchorSpec { Strength = 1 }, new LearningRateSpec { Rate = 1 })),
        ["anchor strength"] = ("network.projections[0].transforms[1].strength", () => Transforms(new ObserveFisherSpec(), new ElasticAnchorSpec { Strength = -1 })),
        ["anchor decay"] = ("network.projections[0].transforms[1].decay", () => Transforms(new ObserveFisherSpec(), new ElasticAnchorSpec { Strength = 1, Decay = 2 })),
        ["anchor interval"] = ("network.projections[0].transforms[1].interval", () => Transforms(new ObserveFisherSpec(), new ElasticAnchorSpec { Strength = 1, Interval = 0 })),
        ["anchor at intervals by a local rule"] = ("network.projections[0].transforms[1].interval", () => Projections(p => p with { Rule = new HebbRuleSpec(), Transforms = [new ObserveFisherSpec(), new ElasticAnchorSpec { Strength = 1, Interval = 4 }] }, 0)),
        ["anchor at intervals on proposals"] = ("network.projections[0].transforms[1].interval", () => Transforms(new ObserveFisherSpec(), new ElasticAnchorSpec { Strength = 1, Interval = 4, Scope = AnchorScope.Proposed })),
        ["fisher interval"] = ("network.projections[0].transforms[0].interval", () => Transforms(new ObserveFisherSpec { Interval = 2000 })),
        ["fisher half-life"] = ("network.projections[0].transforms[0].halfLife", () => Transforms(new ObserveFisherSpec { HalfLife = 0 })),
        ["expected fisher by a local rule"] = ("network.projections[0].transforms[0].labels", () => Projections(p => p with { Rule = new HebbRuleSpec(), Transforms = [new ObserveFisherSpec { Labels = FisherLabels.Expected }] }, 0)),
        ["expected fisher without softmax"] = ("network.projections[0].transforms[0].labels", () => Network(n => n with { Head = new LeastSquaresHeadSpec(), Projections = [n.Projections[0] with { Rule = new CreditRuleSpec(), Transforms = [new ObserveFisherSpec { Labels = FisherLabels.Expected }] }, .. n.Projections.Skip(1)] })),
        ["sensitivity interval"] = ("network.projections[0].transforms[0].interval", () => Transforms(new ObserveSensitivitySpec { Interval = 0 })),
        ["competitive anchored everywhere"] = ("network.projections[0].transforms[1].scope", () => Projections(p => p with { Rule = new CompetitiveRuleSpec(), Transforms = [new ObserveFisherSpec(), new ElasticAnchorSpec { Strength = 1 }] }, 0)),
        ["modulator name twice"] = ("network.modulators[3].name", () => Modulator(new ExpectedUncertaintySpec { Name = "ach" })),
        ["expected time"] = ("network.modulators[3].timeConstant", () => Modulator(new ExpectedUncertaintySpec { Name = "x", TimeConstant = 0 })),
        ["unexpected fast"] = ("network.modulators[3].fast", () => Modulator(new UnexpectedUncertaintySpec { Name = "x", Fast = 0 })),
        ["unexpected slow"] = ("network.modulators[3].slow", () => Modulator(new UnexpectedUncertaintySpec { Name = "x", Fast = 50, Slow = 20 })),
        ["unexpected threshold"] = ("network.modulators[3].threshold", () => Modulator(new UnexpectedUncertaintySpec { Name = "x", Threshold = -1 })),
        ["drift time"] = ("network.modulators[3].timeConstant", () => Modulator(new DdmSpec { Name = "x", TimeConstant = 0 })),
        ["adwin delta"] = ("network.modulators[3].delta", () => Modulator(new AdwinSpec { Name = "x", Delta = 0 })),
        ["adwin clock"] = ("network.modulators[3].clock", () => Modulator(new AdwinSpec { Name = "x", Clock = 0 })),
        ["adwin rows"] = ("network.modulators[3].rows", () => Modulator(new AdwinSpec { Name = "x", Rows = 49 })),
        ["hinkley delta"] = ("network.modulators[3].delta", () => Modulator(new PageHinkleySpec { Name = "x", Delta = -1 })),
        ["hinkley threshold"] = ("network.modulators[3].threshold", () => Modulator(new PageHinkleySpec { Name = "x", Threshold = 0 })),
        ["hinkley decay"] = ("network.modulators[3].decay", () => Modulator(new PageHinkleySpec { Name = "x", Decay = 1.5f })),
        ["hinkley events"] = ("network.modulators[3].minimumEvents", () => Modulator(new PageHinkleySpec { Name = "x", MinimumEvents = 0 })),
        ["ddm threshold"] = ("network.modulators[3].threshold", () => Modulator(new DdmSpec { Name = "x", Threshold = 0 })),
        ["ddm events"] = ("network.modulators[3].minimumEvents", () => Modulator(new DdmSpec { Name = "x", MinimumEvents = 0 })),
        ["adwin errors of values"] = ("network.modulators[0].signal", () => OfValues(new AdwinSpec { Name = "x", Signal = DriftSignal.Error })),
        ["hinkley errors of values"] = ("network.modulators[0].signal", () => OfValues(new PageHinkleySpec { Name = "x", Signal = DriftSignal.Error })),
        ["ddm of values"] = ("network.modulators[0].kind", () => OfValues(new DdmSpec { Name = "x" })),
        ["reward time"] = ("network.modulators[3].timeConstant", () => Modulator(new RewardPredictionErrorSpec { Name = "x", TimeConstant = 0 })),
        ["consolidation too often"] = ("network.maintenance[0].minimumEvents", () => Maintenance(new ConsolidationSpec { MinimumEvents = 0 })),
        ["consolidation above"] = ("network.maintenance[0].above", () => Maintenance(new ConsolidationSpec { Above = 0 })),
        ["settled by nobody"] = ("network.maintenance[0].settledModulator", () => Maintenance(new ConsolidationSpec { SettledModulator = "nobody" })),
        ["two consolidations"] = ("network.maintenance[0]", () => Maintenance(new ConsolidationSpec(), new ConsolidationSpec())),
        ["homeostasis of stored weights"] = ("network.projections[0].connection", () => Rule(new HomeostaticRuleSpec())),
        ["homeostasis of linear units"] = ("network.projections[0].rule", () => Hashed(new HashedConnectionSpec(), new HomeostaticRuleSpec(), PopulationKind.Tanh)),
        ["homeostatic share"] = ("network.projections[0].rule.leastShare", () => Hashed(new HashedConnectionSpec(), new HomeostaticRuleSpec { LeastShare = 0 })),
        ["homeostatic shares exchanged"] = ("network.projections[0].rule.leastShare", () => Hashed(new HashedConnectionSpec(), new HomeostaticRuleSpec { LeastShare = 0.9f })),
        ["homeostatic largest share"] = ("network.projections[0].rule.largestShare", () => Hashed(new HashedConnectionSpec(), new HomeostaticRuleSpec { LargestShare = 1 })),
        ["hashed scale"] = ("network.projections[0].connection.scale", () => Hashed(new HashedConnectionSpec { Scale = 0 }, null)),
        ["hashed sparsity"] = ("network.projections[0].connection.sparsity", () => Hashed(new HashedConnectionSpec { Sparsity = 65 }, null)),
        ["hashed bias"] = ("network.projections[0].connection.biasScale", () => Hashed(new HashedConnectionSpec { BiasScale = -1 }, null)),
        ["hashed signs that learn"] = ("network.projections[0].connection", () => Hashed(new HashedConnectionSpec(), new HebbRuleSpec())),
        ["hashed signs from a hidden population"] = ("network.projections[1].connection", () => Projections(p => p with { Connection = new HashedConnectionSpec(), Rule = null, Transforms = [] }, 1)),
        ["hashed signs drawn twice"] = ("network.projections[0].initial", () => Network(n => n with { Projections = [n.Projections[0] with { Connection = new HashedConnectionSpec(), Rule = null, Transforms = [], Initial = new GaussianWeightsSpec() }, .. n.Projections.Skip(1)] })),
        ["ensemble contexts without modulator"] = ("network.head.contextModulator", () => Contexts(contexts => contexts with { ContextModulator = null })),
        ["ensemble contexts without memory"] = ("network.head.contexts", () => Contexts(contexts => contexts with { Members = [.. contexts.Members.Select(member => member with { Retains = false })] })),
        ["squares waiting"] = ("network.projections[2].rule.pending", () => Projections(p => p with { Rule = new RecursiveLeastSquaresRuleSpec { Pending = 17 }, Transforms = [] }, 2)),
        ["credit waiting alone"] = ("network.projections[0].rule.pending", () => Rule(new CreditRuleSpec { Pending = 1 })),
        ["credit waiting long"] = ("network.projections[0].rule.pending", () => Rule(new CreditRuleSpec { Pending = 33 })),
        ["batch of one"] = ("network.projections[0].rule.batch", () => Rule(new CreditRuleSpec { Batch = 1 })),
        ["batch too long"] = ("network.projections[0].rule.batch", () => Rule(new CreditRuleSpec { Batch = 257 })),
        ["waiting in a batch"] = ("network.projections[0].rule.batch", () => Rule(new CreditRuleSpec { Pending = 8, Batch = 32 })),
        ["waiting before a moment"] = ("network.projections[0].rule.pending", () => Projections(p => p with { Rule = new CreditRuleSpec { Pending = 8 }, Transforms = [new LearningRateSpec { Rate = 0.1f }, new MomentumSpec()] }, 0)),
        ["batch that is watched"] = ("network.projections[0].rule.batch", () => Projections(p => p with { Rule = new CreditRuleSpec { Batch = 8 } }, 0)),
        ["batch of normalised synapses"] = ("network.projections[1].rule.batch", () => Projections(p => p with { Rule = new CreditRuleSpec { Batch = 8 }, Transforms = [], Connection = new DenseConnectionSpec { Normalise = true } }, 1)),
        ["waiting of signs"] = ("network.projections[1].rule.pending", () => Projections(p => p with { Rule = new CreditRuleSpec { Pending = 8 }, Transforms = [], Connection = new BinaryConnectionSpec() }, 1)),
        ["waiting of names"] = ("network.projections[0].rule.pending", () => Rule(new CreditRuleSpec { Pending = 8 }) with { Input = Named }),
        ["too many weights"] = ("network.projections[0]", () => Good with { Input = Good.Input with { Size = 1 << 24 } }),
        ["squares over too many"] = ("network.projections[0].rule", () => TooManySquares()),
    };

    public static TheoryData<string> Names => [.. Mistakes.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_mistake_is_named_with_its_field_and_what_would_be_right(string name)
    {
        var (field, make) = Mistakes[name];
        var exception = Assert.Throws<SpecException>(() => Model.Create(make()).Dispose());
        var error = Assert.Single(exception.Errors, error => error.Field == field);
        Assert.True(error.Message.Length > 15, error.Message);
        Assert.Contains(field, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_mistakes_are_told_at_once()
    {
        var spec = Network(n => n with { Projections = [.. n.Projections.Select((p, i) => i > 1 ? p : p with { Transforms = [new LearningRateSpec { Rate = -1 }] })] });
        Assert.Equal(2, Assert.Throws<SpecException>(() => Model.Create(spec)).Errors.Count);
    }

    [Fact]
    public void The_spec_that_the_mistakes_are_made_in_is_itself_right()
    {
        using var model = Model.Create(Good);
        Assert.NotEmpty(model.PlasticProjections);
    }

    private static ModelSpec Network(Func<NetworkSpec, NetworkSpec> change) => Good with { Network = change(Good.Network) };

    private static ModelSpec Populations(Func<PopulationSpec, PopulationSpec> change, int at) =>
        Network(n => n with { Populations = [.. n.Populations.Select((p, i) => i == at ? change(p) : p)] });

    private static ModelSpec Projections(Func<ProjectionSpec, ProjectionSpec> change, int at) =>
        Network(n => n with { Projections = [.. n.Projections.Select((p, i) => i == at ? change(p) : p)] });

    private static ModelSpec Rule(RuleSpec rule) => Projections(p => p with { Rule = rule, Transforms = [] }, 0);

    private static ModelSpec Hashed(HashedConnectionSpec connection, RuleSpec? rule, PopulationKind kind = PopulationKind.Relu) => Network(n => n with
    {
        Populations = [n.Populations[0], n.Populations[1] with { Kind = kind }, .. n.Populations.Skip(2)],
        Projections = [n.Projections[0] with { Connection = connection, Rule = rule, Transforms = [], Initial = new ZeroWeightsSpec() }, .. n.Projections.Skip(1)],
    });

    private static ModelSpec Contexts(Func<EnsembleHeadSpec, EnsembleHeadSpec> change)
    {
        var spec = ConformanceCases.ByName["classifier-vector"];
        return spec with { Network = spec.Network with { Head = change((EnsembleHeadSpec)spec.Network.Head) } };
    }

    private static ModelSpec Transforms(params TransformSpec[] transforms) => Projections(p => p with { Transforms = transforms }, 0);

    private static ModelSpec WithoutMaintenance(ModelSpec spec) => spec with { Network = spec.Network with { Maintenance = [] } };

    private static ModelSpec Ensemble(HeadSpec member, RuleSpec rule, params TransformSpec[] transforms) => Network(n => n with
    {
        Populations = [n.Populations[0], n.Populations[3] with { Name = "one" }, n.Populations[3] with { Name = "two" }],
        Projections = [.. new[] { "one", "two" }.Select(name => new ProjectionSpec { Name = name, From = "input", To = name, Rule = rule, Transforms = transforms })],
        Head = new EnsembleHeadSpec { Members = [new EnsembleMemberSpec { Population = "one", Head = member }, new EnsembleMemberSpec { Population = "two", Head = member }] },
    });

    private static ModelSpec Values(Func<ValueEnsembleHeadSpec, ValueEnsembleHeadSpec> change)
    {
        var good = ConformanceCases.ByName["regressor-vector"];
        return good with { Network = good.Network with { Head = change((ValueEnsembleHeadSpec)good.Network.Head) } };
    }

    private static ModelSpec OfValues(ModulatorSpec modulator)
    {
        var good = ConformanceCases.ByName["regression"];
        return good with { Network = good.Network with { Modulators = [modulator], Maintenance = [] } };
    }

    private static ModelSpec Modulator(ModulatorSpec modulator) => Network(n => n with { Modulators = [.. n.Modulators, modulator] });

    private static ModelSpec Maintenance(params MaintenanceSpec[] maintenance) => Network(n => n with { Maintenance = maintenance });

    private static ModelSpec Fields(Func<FieldConnectionSpec, FieldConnectionSpec> change, Func<ProjectionSpec, ProjectionSpec>? then = null)
    {
        var spec = ConformanceCases.ByName["fields"];
        var projection = spec.Network.Projections[0];
        var changed = projection with { Connection = change((FieldConnectionSpec)projection.Connection) };
        return spec with { Network = spec.Network with { Projections = [then?.Invoke(changed) ?? changed, spec.Network.Projections[1]] } };
    }

    private static ModelSpec TooManySquares() => Good with
    {
        Input = Good.Input with { Size = 16_384 },
        Network = Good.Network with
        {
            Populations = [Good.Network.Populations[0], Good.Network.Populations[^1]],
            Projections = [new ProjectionSpec { Name = "readout", From = "input", To = "output", Rule = new RecursiveLeastSquaresRuleSpec() }],
        },
    };
}
